"""The pipeline of a model: from what is given, from beside it, from the catalogue, or guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onnx.helper import tensor_dtype_to_np_dtype

from percept_adv.classifier.guessing import check_fit, input_dimensions, known_fields
from percept_adv.classifier.source import find_model
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.ports import choose_input
from percept_adv.pipeline import Pipeline, RequiredSize
from percept_adv.pipeline.reading.contract import Contract, read_mapping, read_toml
from percept_adv.pipeline.reading.flat import pipeline_of, read_fields

if TYPE_CHECKING:
    import onnx

Given = Pipeline | Mapping[str, Any] | str | Path
"""A pipeline, fields of the short form or steps, or a file with them."""


def pipeline_of_model(model: str | Path, *, input_name: str | None = None) -> Pipeline:
    """Return the pipeline of a model as it is known without being told.

    Raises
    ------
    ModelError
        If the model cannot be read, or its shape does not tell.
    """
    source = find_model(model)
    value = choose_input(load_model(source.path).graph, input_name)
    return find_pipeline(None, source.contract, value)[0]


def find_pipeline(
    given: Given | None, catalogued: Mapping[str, Any] | None, value: onnx.ValueInfoProto
) -> tuple[Pipeline, list[str]]:
    """Return the pipeline in front of a model's image input, and what to tell the user of it.

    What is given wins over the catalogue, and that over what the input's shape tells.

    Parameters
    ----------
    given
        By the user.
    catalogued
        The fields of a bundled model.
    value
        The model's image input.

    Raises
    ------
    ParameterError
        If something in the contract is unknown or cannot be used, or a file cannot be read.
    ShapeError
        If the contract contradicts the model's shape.
    AmbiguousModelError
        If neither contract nor shape tell how images enter.
    """
    notes = []
    if isinstance(given, Pipeline):
        pipeline = given
    else:
        contract = _contract(given)
        fields = catalogued
        if fields is None:
            layout = contract.fields.get("layout")
            fields = {} if contract.pipeline else known_fields(value, layout)
        pipeline = contract.complete(fields)
        if given is None and catalogued is None:
            notes.append(_guess(fields))
    pipeline = _completed(pipeline, value)
    check_fit(pipeline, value)
    return pipeline, notes


def _contract(given: Mapping[str, Any] | str | Path | None) -> Contract:
    """Read what is given: a file, or a mapping that may name one and have fields besides."""
    if given is None:
        return Contract(origin="")
    if not isinstance(given, Mapping):
        return read_toml(Path(given))
    table = dict(given)
    base = table.pop("contract", None)
    if base is None:
        return read_mapping(table, "the contract")
    contract = read_toml(Path(base))
    fields = {**contract.fields, **read_fields(table)}
    return replace(contract, fields=fields)


def _completed(pipeline: Pipeline, value: onnx.ValueInfoProto) -> Pipeline:
    """Return the pipeline with a model's layout and type, and the sizes that it alone fixes."""
    name = str(tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))
    own = input_dimensions(value)
    axes = pipeline.layout if pipeline.has_layout else _shown_layout(own)
    if len(own) == 4:
        sizes = own[2:] if axes == "NCHW" else own[1:3]
        free = [
            fixed if size is None else None
            for size, fixed in zip(pipeline.size, sizes, strict=True)
        ]
        if any(free):
            geometric = [i for i, step in enumerate(pipeline.steps) if step.is_geometric]
            at = max(geometric, default=-1) + 1
            required = RequiredSize(*free)
            pipeline = Pipeline((*pipeline.steps[:at], required, *pipeline.steps[at:]))
    return pipeline.ending(axes, name)


def _shown_layout(dimensions: list[int | None]) -> str:
    """Return the layout that a shape shows; NCHW where it shows none."""
    shown = len(dimensions) == 4 and dimensions[1] not in (1, 3) and dimensions[3] in (1, 3)
    return "NHWC" if shown else "NCHW"


def _guess(fields: Mapping[str, Any]) -> str:
    guessed = pipeline_of(fields)
    return (
        f"input contract guessed: {guessed.channel_order} {guessed.layout}, values of 0 to "
        f"{'255' if 'std' in fields else '1'}, without mean and std; give it if that is wrong "
        "(--contract, --mean, --std)"
    )
