"""``percept-adv attack --export-step``: one step of the attack as a graph, and its first inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from percept_adv_cli.attack.run import stacked
from percept_adv_cli.shared.messages import print_kept, print_note

from percept_adv.attacks import AttackRequest, export_step
from percept_adv.errors import OutputError
from percept_adv.images import content_sha256
from percept_adv.provenance import Origin, Output
from percept_adv.transformations import with_survival

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.attack.run import AttackRun, Source

    from percept_adv.attacks import Method


def write_step(
    run: AttackRun, rule: Method, found: list[tuple[Path, Path]], file: Path, *, overwrite: bool
) -> None:
    """Write a step on the first images of one size, as many as are attacked together.

    Raises
    ------
    PerceptAdvError
        If no image can be used, another step is there already, or the step is no graph.
    """
    sources = run.usable(found[: run.batch_size])
    output = _output(run, sources, file)
    inputs = output.files[1]
    if not overwrite and output.kept() is not None:
        print_kept([file])
        return
    images = np.stack([source.pixels for source in sources])
    request = AttackRequest(
        with_survival(run.classifier.taking(images.shape[1:]), run.through),
        images,
        run.labels_of(sources, images),
        targets=None if run.targets is None else np.array([one.target for one in sources]),
        mask=stacked([source.allowed for source in sources]),
        max_evaluations=run.max_evaluations,
        seed=run.seed,
    )
    step = export_step(rule, request)
    output.write(
        {"attack": run.attack, "images": [str(source.path) for source in sources]},
        lambda part: _save(step.model, file, part),
        lambda part: np.savez(part, **step.inputs),
    )
    print_note(f"one step of {run.attack} is in {file}, its first inputs in {inputs}")


def _output(run: AttackRun, sources: list[Source], file: Path) -> Output:
    """Describe the two files, and what they are made of."""
    origins = [run.output_of(source.path, file).origin for source in sources]
    hashes = {name: value for name, value in origins[0].inputs.items() if name != "image"}
    hashes |= {
        f"image {number}": content_sha256(source.path) for number, source in enumerate(sources, 1)
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
