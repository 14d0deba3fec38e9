"""``percept-adv explain --export``: the model with its explanation as one more output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv_cli.shared.outputs import is_kept

from percept_adv.classifier import find_model
from percept_adv.explanation import Range, export_explanation
from percept_adv.gradients import load_model, with_constant_inputs
from percept_adv.provenance import Origin, Output

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from percept_adv_cli.explain.settings import Settings

    from percept_adv.classifier import Classifier


def write_export(
    model: str,
    classifier: Classifier,
    file: Path,
    settings: Settings,
    options: Mapping[str, Any],
    *,
    overwrite: bool,
) -> None:
    """Write a model with its explanation, unless it is there already.

    Raises
    ------
    PerceptAdvError
        If the method needs what the model lacks, or something else is in the file's place.
    """
    names = {name: options[name] for name in ("input_name", "output_name")}
    parameters = {**settings.record, **classifier.contract_record}
    origin = Origin("explain --export", {"model": classifier.sha256}, parameters)
    output = Output.beside(origin, file)
    if is_kept(output, overwrite=overwrite):
        return
    source = load_model(find_model(model).path)
    graph = export_explanation(
        with_constant_inputs(source, options["constants"], input_name=names["input_name"]),
        settings.method,
        **names,
        **settings.of_the_method,
        values=Range.of(classifier.pipeline),
    )
    output.write({}, lambda part: part.write_bytes(graph.SerializeToString()))
