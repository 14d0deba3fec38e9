"""Fields that win over what a contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.layout import Layout
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.flat import normalise, read_fields
from percept_adv.pipeline.required import RequiredSize
from percept_adv.pipeline.rescale import Rescale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.pipeline.step import Step


def override(pipeline: Pipeline, fields: Mapping[str, Any]) -> Pipeline:
    """Return a pipeline with the given fields of the short form; see `flat.FIELDS`.

    Raises
    ------
    ParameterError
        If a value cannot be used, or a field is one that the steps decide.
    """
    values = read_fields(fields)
    if "resize" in values:
        raise ParameterError("resize is given, and the contract has steps: change its steps")
    steps = list(pipeline.steps)
    if "channel_order" in values:
        steps = _with_order(steps, values["channel_order"])
    if "mean" in values or "std" in values:
        steps = _with_values(steps, values, Pipeline(tuple(steps)).channels)
    if "layout" in values:
        steps = [s for s in steps if not isinstance(s, Layout)] + [Layout(values["layout"])]
    if "height" in values or "width" in values:
        steps = _with_size(steps, values, pipeline)
    return Pipeline(tuple(steps))


def _with_order(steps: list[Step], order: str) -> list[Step]:
    """Replace the channel order, in front of the mean, which is in the model's order."""
    kept = [s for s in steps if not isinstance(s, ChannelOrder | ColourMode)]
    colour: list[Step] = [ColourMode("grey" if order == "grey" else "RGB")]
    if order != "BGR":
        return colour + kept
    at = next((i for i, s in enumerate(kept) if isinstance(s, Normalise | Layout)), len(kept))
    return [*colour, *kept[:at], ChannelOrder("BGR"), *kept[at:]]


def _with_values(steps: list[Step], fields: Mapping[str, Any], channels: int) -> list[Step]:
    """Replace mean and std: they are on the scale of [0, 1], so a rescale comes first."""
    old = next((s for s in steps if isinstance(s, Normalise)), Normalise())
    at = next((i for i, s in enumerate(steps) if isinstance(s, Normalise | Rescale)), len(steps))
    before = [s for s in steps[:at] if not isinstance(s, Layout)]
    after = [s for s in steps[at:] if not isinstance(s, Normalise | Rescale)]
    own = normalise(fields.get("mean", old.mean), fields.get("std", old.std), channels)
    layout: list[Step] = [s for s in steps[:at] if isinstance(s, Layout)]
    order = [s for s in after if isinstance(s, ChannelOrder)]
    rest = [s for s in after if not isinstance(s, ChannelOrder)]
    return [*before, Rescale(), *order, own, *rest, *layout]


def _with_size(steps: list[Step], fields: Mapping[str, Any], pipeline: Pipeline) -> list[Step]:
    """Require a size where the steps leave it open."""
    wanted = fields.get("height"), fields.get("width")
    sizes = list(zip(wanted, pipeline.size, strict=True))
    if any(w is not None and own not in (None, w) for w, own in sizes):
        raise ParameterError(
            f"height and width are given as {wanted[0]} x {wanted[1]}, and the steps of the "
            f"contract bring images to {pipeline.size[0]} x {pipeline.size[1]}: change its steps"
        )
    if all(own is not None for _, own in sizes):
        return steps
    kept = [s for s in steps if not isinstance(s, RequiredSize)]
    at = max((i for i, s in enumerate(kept) if s.is_geometric), default=-1) + 1
    return [*kept[:at], RequiredSize(*wanted), *kept[at:]]
