"""The pipeline of a model: from what is given, from beside it, from the catalogue, or guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onnx.helper import tensor_dtype_to_np_dtype

from percept_adv.classifier.flat_inputs import flat_fields, is_flat, known_of, told_guess
from percept_adv.classifier.guessing import check_fit, known_fields
from percept_adv.classifier.inside import without_inside
from percept_adv.classifier.source import find_model
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.ports import choose_input, dimensions_of, image_inputs, shown_layout
from percept_adv.pipeline import Layout, Pipeline, RequiredSize
from percept_adv.pipeline.reading.beside import find_beside
from percept_adv.pipeline.reading.contract import Contract, read_contract, read_mapping
from percept_adv.pipeline.reading.flat import pipeline_of, read_fields

if TYPE_CHECKING:
    import onnx

Given = Pipeline | Mapping[str, Any] | str | Path
"""A pipeline, fields of the short form or steps, or a file with them."""


def pipeline_of_model(model: str | Path, *, input_name: str | None = None) -> Pipeline:
    """Return the pipeline of a model as it is known without being told.

    Parameters
    ----------
    model
        Path of an ``.onnx`` file, or the name of a bundled model.
    input_name
        The image input, where the model has several that fit.

    Returns
    -------
    Pipeline
        Of the catalogue, of a file beside the model, or guessed from its shape.

    Raises
    ------
    ModelError
        If the model cannot be read, or its shape does not tell.

    Examples
    --------
    >>> from percept_adv.classifier import pipeline_of_model
    >>> pipeline_of_model("c4").network_shape((28, 28, 1))
    (28, 28, 1)
    """
    source = find_model(model)
    loaded = load_model(source.path)
    value = choose_input(loaded.graph, input_name)
    return find_pipeline(None, source.contract, loaded, value, source.path).pipeline


@dataclass(frozen=True, slots=True)
class Found:
    """The pipeline of a model, and what came with it.

    Attributes
    ----------
    pipeline
        Ending in the model's layout and type.
    class_names
        If the contract has them.
    notes
        What to tell the user.
    """

    pipeline: Pipeline
    class_names: tuple[str, ...] | None
    notes: tuple[str, ...]


def find_pipeline(
    given: Given | None,
    catalogued: Mapping[str, Any] | None,
    model: onnx.ModelProto,
    value: onnx.ValueInfoProto,
    path: Path | None,
) -> Found:
    """Return the pipeline in front of a model's image input.

    What is given wins over what lies beside the model's file, that over the catalogue, and that
    over what the input's shape tells. What the model does itself is left out.

    Parameters
    ----------
    given
        By the user.
    catalogued
        The fields of a bundled model.
    model, value
        The model and its image input.
    path
        The model's file, if it has one.

    Raises
    ------
    ParameterError
        If something in the contract is unknown or cannot be used, or a file cannot be read.
    ShapeError
        If the contract contradicts the model's shape.
    AmbiguousModelError
        If neither contract nor shape tell how images enter.
    """
    if isinstance(given, Pipeline):
        contract = Contract(pipeline=given, origin="")
    else:
        contract = _contract(given, value, None if catalogued is not None else path)
    fields: Mapping[str, Any] = {}
    if contract.pipeline is None:
        fields = catalogued or known_fields(value, contract.fields, _others(model, value))
    notes = [f"contract: {contract.origin}"] if contract.found else []
    if contract.pipeline is None and not contract.fields and catalogued is None:
        notes.append(_guess(fields))
    pipeline, dropped = without_inside(contract.complete(fields), model, value)
    if contract.pipeline is None:
        notes += told_guess(value, {**(catalogued or {}), **contract.fields})
    else:
        notes += told_guess(value, known_of(pipeline))
    pipeline = _completed(pipeline, value)
    check_fit(pipeline, value)
    return Found(pipeline, contract.class_names, (*notes, *dropped))


def _others(model: onnx.ModelProto, image: onnx.ValueInfoProto) -> list[str]:
    return [value.name for value in image_inputs(model.graph) if value.name != image.name]


def _contract(
    given: Mapping[str, Any] | str | Path | None,
    value: onnx.ValueInfoProto,
    path: Path | None,
) -> Contract:
    """Read what is given: a file or name, or a mapping that may name one and have fields besides.

    Where none is named, one that lies beside the model's ``path`` counts.
    """
    table = {} if given is None else given
    if not isinstance(table, Mapping):
        table = {"contract": table}
    fields = dict(table)
    base, backend = fields.pop("contract", None), fields.pop("backend", None)
    found = None
    if base is None and "steps" not in fields and path is not None:
        found = find_beside(path)
    source = base or found
    if source is None:
        return read_mapping(fields, "the contract")
    given = read_fields(fields)
    wanted = (given.get(name) for name in ("height", "width"))
    size = tuple(own or free for own, free in zip(_sizes(value), wanted, strict=True))
    contract = read_contract(source, (size[0], size[1]), backend)
    fields = {**contract.fields, **given}
    return replace(contract, fields=fields, found=found is not None)


def _sizes(value: onnx.ValueInfoProto) -> tuple[int | None, int | None]:
    """Return the height and width that a model's input fixes."""
    own = dimensions_of(value)
    if len(own) != 4:
        return None, None
    return (own[1], own[2]) if shown_layout(value) == "NHWC" else (own[2], own[3])


def _completed(pipeline: Pipeline, value: onnx.ValueInfoProto) -> Pipeline:
    """Return the pipeline with a model's layout and type, and the sizes that it alone fixes."""
    name = str(tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))
    own = dimensions_of(value)
    layout = pipeline.layout_step
    if not pipeline.has_layout:
        layout = Layout(shown_layout(value) or "NCHW")
    sizes: list[int | None] = [None, None]
    if is_flat(value):
        fields = flat_fields(value, known_of(pipeline))
        sizes = [fields["height"], fields["width"]]
    elif len(own) == 4:
        sizes = own[2:] if layout.axes == "NCHW" else own[1:3]
    if any(sizes):
        free = [
            fixed if size is None else None
            for size, fixed in zip(pipeline.size, sizes, strict=True)
        ]
        if any(free):
            geometric = [i for i, step in enumerate(pipeline.steps) if step.is_geometric]
            at = max(geometric, default=-1) + 1
            required = RequiredSize(*free)
            pipeline = Pipeline((*pipeline.steps[:at], required, *pipeline.steps[at:]))
    return pipeline.ending(replace(layout, flat=is_flat(value)), name)


def _guess(fields: Mapping[str, Any]) -> str:
    guessed = pipeline_of(fields)
    values = "0 to 255" if "std" in fields else "0 to 1"
    if "mean" in fields:
        values = "-128 to 127"
    return (
        f"input contract guessed: {guessed.channel_order} {guessed.layout}, values of {values}, "
        "without mean and std; give it if that is wrong "
        "(--contract, --mean, --std)"
    )
