"""Inputs (N, H W C), all samples of an image in one row: what their number tells of the image."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

from percept_adv.errors import AmbiguousModelError, ShapeError
from percept_adv.gradients.ports import dimensions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import onnx

    from percept_adv.pipeline import Pipeline


def is_flat(value: onnx.ValueInfoProto) -> bool:
    """Return whether an image input has one axis besides the batch."""
    return len(dimensions_of(value)) == 2


def known_of(pipeline: Pipeline) -> dict[str, Any]:
    """Return what the steps of a contract say of the image at the network, as fields."""
    height, width = pipeline.size
    known = {"channel_order": pipeline.channel_order, "height": height, "width": width}
    return known | ({"layout": pipeline.layout} if pipeline.has_layout else {})


def or_another(others: Sequence[str]) -> str:
    """Return the advice to choose another input, where there are others."""
    names = ", ".join(map(repr, others))
    return f"; or choose another input by name (--input-name): {names}" if others else ""


def flat_fields(
    value: onnx.ValueInfoProto, known: Mapping[str, Any], others: Sequence[str] = ()
) -> dict[str, Any]:
    """Return height, width, channel order and layout of the images that a flat input takes.

    Of what is not known, a height follows from the width, and the channels from both; without
    either, images are squares, of one channel unless the channel order says three.

    Parameters
    ----------
    value
        The input, (N, H W C).
    known
        Fields of a short contract.
    others
        The model's other inputs of numbers, for messages: one of them may be the image.

    Raises
    ------
    AmbiguousModelError
        If the number of samples does not tell the size, or nothing tells the order of colours.
    ShapeError
        If it contradicts the size that is known.
    """
    count = dimensions_of(value)[1]
    height, width = known.get("height"), known.get("width")
    channels = _channels(count, known)
    if count is not None:
        height, width = _size(count // channels, height, width)
    if height is None or width is None or count not in (None, height * width * channels):
        samples = "an open number of" if count is None else count
        given = "".join(f", {name} {known[name]}" for name in _NAMES if known.get(name))
        contradicted = count is not None and (known.get("height") or known.get("width"))
        raise (ShapeError if contradicted else AmbiguousModelError)(
            f"input {value.name!r} takes {samples} values in one row{given}: give the height and "
            "width of the images (--height, --width), with --channel-order RGB or BGR and --layout "
            f"for colours{or_another(others)}"
        )
    if channels == 3 and known.get("layout") is None:
        raise AmbiguousModelError(
            f"input {value.name!r} takes {height} x {width} x 3 values in one row: say their order "
            "with --layout, NCHW (one channel after the other) or NHWC (one pixel after the other)"
        )
    order = "grey" if channels == 1 else known.get("channel_order", "RGB")
    return {
        "layout": known.get("layout", "NCHW"),
        "channel_order": order,
        "height": height,
        "width": width,
    }


def told_guess(value: onnx.ValueInfoProto, known: Mapping[str, Any]) -> list[str]:
    """Return what to tell a user who gave neither height nor width of a flat input's images."""
    if not is_flat(value) or known.get("height") or known.get("width"):
        return []
    fields = flat_fields(value, known)
    note = (
        f"input {value.name!r} is flat: its {dimensions_of(value)[1]} values are taken as images "
        f"of {fields['height']} x {fields['width']} pixels, row by row; --height and --width say "
        "otherwise"
    )
    return [note]


_NAMES = ("height", "width", "channel_order")


def _channels(count: int | None, known: Mapping[str, Any]) -> int:
    order, height, width = (known.get(name) for name in ("channel_order", "height", "width"))
    if order is not None:
        return 1 if order == "grey" else 3
    return 3 if height and width and count == 3 * height * width else 1


def _size(pixels: int, height: int | None, width: int | None) -> tuple[int | None, int | None]:
    """Complete a size of so many pixels; what does not come out is found by the caller."""
    if height is None and width is None:
        side = isqrt(pixels)
        return (side, side) if side and side * side == pixels else (None, None)
    return height or pixels // (width or 1), width or pixels // (height or 1)
