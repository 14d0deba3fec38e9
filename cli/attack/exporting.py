"""``percept-adv attack --export-step``: one step of the attack as a graph, and its first inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from percept_adv_cli.attack.groups import Group
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.outputs import is_kept

from percept_adv.attacks import export_step
from percept_adv.errors import OutputError
from percept_adv.images import content_sha256
from percept_adv.provenance import Origin, Output
from percept_adv.transformations import with_survival

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from percept_adv_cli.attack.run import AttackRun
    from percept_adv_cli.attack.sources import Image, Source


def write_step(run: AttackRun, images: Sequence[Image], file: Path, *, overwrite: bool) -> None:
    """Write a step on the first images of one size, as many as are attacked together.

    Raises
    ------
    PerceptAdvError
        If no image can be used, another step is there already, or the step is no graph.
    """
    sources = run.reader.usable(images[: run.batch_size])
    output = _output(run, sources, file)
    if is_kept(output, overwrite=overwrite):
        return
    group = Group.of(sources, run.reader)
    classifier = run.reader.classifier.taking(group.images.shape[1:])
    request = group.request(
        with_survival(classifier, run.through), max_evaluations=run.max_evaluations, seed=run.seed
    )
    name, step = run.plan.attack, export_step(run.plan.rule, request)
    output.write(
        {"attack": name, "images": [str(source.image.path) for source in sources]},
        lambda part: _save(step.model, file, part),
        lambda part: np.savez(part, **step.inputs),
    )
    print_note(f"one step of {name} is in {file}, its first inputs in {output.files[1]}")


def _output(run: AttackRun, sources: list[Source], file: Path) -> Output:
    """Describe the two files, and what they are made of."""
    origins = [run.output_of(source.image).origin for source in sources]
    hashes = {name: value for name, value in origins[0].inputs.items() if name != "image"}
    hashes |= {
        f"image {number}": content_sha256(source.image.path)
        for number, source in enumerate(sources, 1)
    }
    each = [origin.parameters for origin in origins]
    parameters = {
        **each[0],
        "label": [own["label"] for own in each],
        "target": [own["target"] for own in each],
    }
    origin = Origin("attack --export-step", hashes, parameters)
    return Output.beside(origin, file, file.with_suffix(".npz"))


def _save(model: onnx.ModelProto, file: Path, part: Path) -> None:
    try:
        onnx.save(model, part)
    except ValueError as error:  # Protobuf's limit.
        raise OutputError(f"{file} cannot be written: the model exceeds 2 GB") from error
