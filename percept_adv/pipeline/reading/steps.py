"""A pipeline as a list of tables, one for each step: what a TOML file and a record hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreCrop, CentreProportions
from percept_adv.pipeline.data_type import DataType
from percept_adv.pipeline.layout import Layout
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pad import Pad
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.values import read_value
from percept_adv.pipeline.required import RequiredSize
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from percept_adv.pipeline.step import Step

STEPS: dict[str, type] = {
    step.kind: step
    for step in (
        ColourMode, Orientation, Resize, CentreCrop, CentreProportions, Pad, RequiredSize, Rescale,
        Normalise, ChannelOrder, Layout, DataType,
    )
}  # fmt: skip
"""The steps by the name that a file gives them."""


def read_steps(tables: Any, named: str) -> Pipeline:
    """Return the pipeline of a list of tables, each with ``kind`` and the fields of that step.

    Parameters
    ----------
    tables
        As `Pipeline.table` returns them.
    named
        What messages call the source.

    Raises
    ------
    ParameterError
        If a step or one of its fields is unknown, missing, or has a value that cannot be used.
    """
    if not isinstance(tables, Iterable) or isinstance(tables, str | Mapping):
        raise ParameterError(f"{named}: steps is {tables!r}: give a list of tables [[steps]]")
    steps = tuple(_step(table, f"{named}: step {i}") for i, table in enumerate(tables, 1))
    try:
        return Pipeline(steps)
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error


def _step(table: Any, named: str) -> Step:
    if not isinstance(table, Mapping) or table.get("kind") not in STEPS:
        kind = table.get("kind") if isinstance(table, Mapping) else table
        raise ParameterError(f"{named} is of kind {kind!r}: use one of {', '.join(STEPS)}")
    step = STEPS[table["kind"]]
    named = f"{named} ({table['kind']})"
    known = {field.name: field for field in fields(step)}
    if unknown := sorted(set(table) - set(known) - {"kind"}):
        raise ParameterError(
            f"{named}: unknown field {unknown[0]!r}: it has {', '.join(known) or 'none'}"
        )
    missing = [
        name for name, field in known.items() if field.default is MISSING and name not in table
    ]
    if missing:
        raise ParameterError(f"{named}: field {missing[0]!r} is missing")
    try:
        values = {name: read_value(name, table[name]) for name in known if name in table}
        made: Step = step(**values)
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error
    return made
