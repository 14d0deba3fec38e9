"""timm's ``config.json``: the evaluation transform of timm 1.0.31.

Its values stand in ``pretrained_cfg``; files from before 2022 have them beside ``architecture``.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    from percept_adv.pipeline.step import Step

_DEFAULTS: dict[str, Any] = {
    "input_size": [3, 224, 224],
    "interpolation": "bicubic",
    "crop_pct": 0.875,
    "crop_mode": "center",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}


def is_timm(table: Mapping[str, Any]) -> bool:
    """Return whether a ``config.json`` is timm's, of either shape."""
    return "pretrained_cfg" in table or ("architecture" in table and "input_size" in table)


def read_timm(
    table: Mapping[str, Any], named: str, size: tuple[int | None, int | None] = (None, None)
) -> Pipeline:
    """Return the pipeline of a timm configuration.

    Parameters
    ----------
    table
        What the file holds.
    named
        The file, for messages.
    size
        Height and width that the model fixes: ``test_input_size`` counts, with its
        ``test_crop_pct``, where the model was exported for that.

    Raises
    ------
    ParameterError
        If a value cannot be used.
    """
    try:
        return Pipeline(tuple(_steps(_fields(table, size))))
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error


def _fields(table: Mapping[str, Any], size: tuple[int | None, int | None]) -> dict[str, Any]:
    """Return the fields that decide, as timm resolves them: an empty one is the default."""
    own = table.get("pretrained_cfg", table)
    if not isinstance(own, Mapping):
        raise ParameterError(f"pretrained_cfg is {own!r}: give a table")
    fields = {**_DEFAULTS, **{k: v for k, v in own.items() if k in _DEFAULTS and v}}
    channels, *lengths = _lengths("input_size", fields["input_size"], 3)
    if own.get("test_input_size"):
        _, *tested = _lengths("test_input_size", own["test_input_size"], 3)
        if tuple(tested) == size != tuple(lengths):
            lengths = tested
            fields["crop_pct"] = own.get("test_crop_pct") or fields["crop_pct"]
    given = table.get("model_args")
    arguments = given if isinstance(given, Mapping) else {}
    if arguments.get("img_size") is not None and own.get("fixed_input_size"):
        length = arguments["img_size"]
        lengths = _lengths("img_size", length if isinstance(length, list) else [length] * 2, 2)
    if arguments.get("in_chans") is not None:
        channels = read_whole("in_chans", arguments["in_chans"])
    return {**fields, "input_size": [channels, *lengths]}


def _lengths(name: str, value: Any, count: int) -> list[int]:
    if not isinstance(value, list | tuple) or len(value) != count:
        told = "channels, height and width" if count == 3 else "a number, or height and width"
        raise ParameterError(f"{name} is {value!r}: give {told}")
    return [read_whole(name, length) for length in value]


def _steps(fields: Mapping[str, Any]) -> list[Step]:
    channels, height, width = fields["input_size"]
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
