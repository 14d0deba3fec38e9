"""timm's ``config.json`` with its ``pretrained_cfg``: the evaluation transform of timm 1.0.31."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.choices import check_choice
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreCrop
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.values import read_numbers, read_whole
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.pipeline.step import Step

_DEFAULTS: dict[str, Any] = {
    "input_size": [3, 224, 224],
    "interpolation": "bicubic",
    "crop_pct": 0.875,
    "crop_mode": "center",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}


def read_timm(table: Mapping[str, Any], named: str) -> Pipeline:
    """Return the pipeline of a timm configuration.

    Parameters
    ----------
    table
        What the file holds, or its ``pretrained_cfg``.
    named
        The file, for messages.

    Raises
    ------
    ParameterError
        If a value cannot be used.
    """
    own = table.get("pretrained_cfg", table)
    fields = {**_DEFAULTS, **{k: v for k, v in own.items() if k in _DEFAULTS and v}}
    try:
        return Pipeline(tuple(_steps(fields)))
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error


def _steps(fields: Mapping[str, Any]) -> list[Step]:
    size = fields["input_size"]
    if not isinstance(size, list | tuple) or len(size) != 3:
        raise ParameterError(f"input_size is {size!r}: give channels, height and width")
    channels, height, width = (read_whole("input_size", length) for length in size)
    if channels not in (1, 3):
        raise ParameterError(f"input_size has {channels} channels: known are 1 and 3")
    mean, std = (read_numbers(name, fields[name]) for name in ("mean", "std"))
    return [
        Orientation("ignored"),
        ColourMode("grey" if channels == 1 else "RGB"),
        *_sizing(fields, height, width, mean),
        Rescale(),
        Normalise(mean, std),
    ]


def _sizing(
    fields: Mapping[str, Any], height: int, width: int, mean: tuple[float, ...]
) -> list[Step]:
    """Return resize and crop, as ``transforms_imagenet_eval`` orders them."""
    share = read_numbers("crop_pct", [fields["crop_pct"]])[0]
    if not share > 0:
        raise ParameterError(f"crop_pct is {share}: give a positive number")
    larger = floor(height / share), floor(width / share)
    check_choice("crop_mode", fields["crop_mode"], ("center", "squash", "border"))
    name = str(fields["interpolation"])
    if fields["crop_mode"] == "squash":
        return [Resize(size=larger, filter=name), CentreCrop(height, width)]
    if fields["crop_mode"] == "border":
        ground = tuple(float(round(255 * value)) for value in mean)
        return [Resize(inside=larger, filter=name), CentreCrop(height, width, fill=ground)]
    if larger[0] == larger[1]:
        return [Resize(shortest_edge=larger[0], filter=name), CentreCrop(height, width)]
    return [Resize(cover=larger, filter=name), CentreCrop(height, width)]
