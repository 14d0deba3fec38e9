"""The short form of a contract: layout, channel order, size, mean and std, without steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.choices import check_choice
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreProportions
from percept_adv.pipeline.layout import Layout
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.values import read_numbers, read_whole
from percept_adv.pipeline.required import RequiredSize
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.pipeline.step import Step

_DEFAULTS: dict[str, Any] = {
    "layout": "NCHW",
    "channel_order": "RGB",
    "height": None,
    "width": None,
    "mean": (0.0,),
    "std": (1.0,),
    "resize": "centre_square_bicubic",
}
FIELDS = tuple(_DEFAULTS)
"""``mean`` and ``std`` are on the scale of [0, 1], in the model's channel order."""

_CHOICES = {
    "layout": ("NCHW", "NHWC"),
    "channel_order": ("RGB", "BGR", "grey"),
    "resize": ("centre_square_bicubic", "none"),
}


def read_fields(table: Mapping[str, Any], named: str = "the contract") -> dict[str, Any]:
    """Return the fields of a short contract with values of the right types.

    Raises
    ------
    ParameterError
        If a field is unknown or its value cannot be used.
    """
    if unknown := sorted(set(table) - set(FIELDS)):
        raise ParameterError(
            f"{named} has the unknown field {unknown[0]!r}: use {', '.join(FIELDS)}, or steps"
        )
    return {name: _read(name, value) for name, value in table.items()}


def pipeline_of(fields: Mapping[str, Any]) -> Pipeline:
    """Return the pipeline of a short contract, what is not given by its default.

    Raises
    ------
    ParameterError
        If mean or std has another number of values than the model has channels.
    """
    values = _DEFAULTS | read_fields(fields)
    grey = values["channel_order"] == "grey"
    size = values["height"], values["width"]
    steps: list[Step] = [ColourMode("grey" if grey else "RGB"), *_sizing(values["resize"], *size)]
    steps.append(Rescale())
    if values["channel_order"] == "BGR":
        steps.append(ChannelOrder("BGR"))
    steps += [normalise(values["mean"], values["std"], 1 if grey else 3), Layout(values["layout"])]
    return Pipeline(tuple(steps))


def normalise(mean: tuple[float, ...], std: tuple[float, ...], channels: int) -> Normalise:
    """Return the step after checking that its values are one, or one for each channel."""
    for name, given in (("mean", mean), ("std", std)):
        if len(given) not in (1, channels):
            raise ParameterError(
                f"{name} has {len(given)} values for {channels} channels: give one for each "
                "channel, or one for all"
            )
    if not all(value > 0 for value in std):
        raise ParameterError(f"std is {std}: give positive values on the scale of [0, 1]")
    return Normalise(mean, std)


def _sizing(resize: str, height: int | None, width: int | None) -> list[Step]:
    if height is None or width is None or resize == "none":
        return [RequiredSize(height, width)] if height or width else []
    return [
        CentreProportions(height, width), Resize(size=(height, width), filter="bicubic"),
    ]  # fmt: skip


def _read(name: str, value: Any) -> Any:
    if name in _CHOICES:
        check_choice(name, value, _CHOICES[name])
        return value
    if name in ("height", "width"):
        return None if value is None else read_whole(name, value)
    return read_numbers(name, value)
