"""What the shape of a model's input tells of how images enter it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto

from percept_adv.classifier.flat_inputs import flat_fields, is_flat, or_another
from percept_adv.errors import AmbiguousModelError, ModelError, ShapeError
from percept_adv.gradients.ports import dimensions_of, shown_layout, shown_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import onnx

    from percept_adv.pipeline import Pipeline

_AXES = {"NCHW": (1, 2, 3), "NHWC": (3, 1, 2)}
"""Where channels, height and width stand."""
_FOUR = (
    "if the fourth is transparency, give the model a constant one: concatenate it in front of the "
    "model, and export that"
)
_OTHERWISE = (
    "an image classifier takes 4 (batch, channels, height, width), or 2 (batch, all samples of an "
    "image)"
)
_ADVICE = {
    3: "one is missing, the batch or the channels; put an Unsqueeze or Reshape in front of the "
    "model, so that it takes (batch, channels, height, width)",
    5: "it takes several frames or a volume, and an image is one; put an Unsqueeze or Expand in "
    "front of the model, so that it takes (batch, channels, height, width)",
}


def known_fields(
    value: onnx.ValueInfoProto, given: Mapping[str, Any], others: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the fields of a contract that the shape and type of a model's image input tell.

    Values are taken to be in [0, 1]; 0 to 255 for an input of 8-bit integers, or -128 to 127 where
    these have a sign.

    Parameters
    ----------
    value
        The image input.
    given
        Fields that are known: with a layout, the shape need not show the channels, and with
        height or width a flat input need not hold squares.
    others
        The model's other inputs of numbers, for messages: one of them may be the image.

    Raises
    ------
    AmbiguousModelError
        If the shape does not tell the channels.
    ModelError
        If no image has this shape.
    ShapeError
        If the layout that is given contradicts the shape.
    """
    if is_flat(value):
        fields = flat_fields(value, given, others)
    else:
        fields = _shown_fields(value, given, others)
    kind = value.type.tensor_type.elem_type
    if kind in {TensorProto.UINT8, TensorProto.INT8}:
        fields["std"] = (1 / 255,)
    if kind == TensorProto.INT8:
        fields["mean"] = (128 / 255,)
    return fields


def _shown_fields(
    value: onnx.ValueInfoProto, given: Mapping[str, Any], others: Sequence[str]
) -> dict[str, Any]:
    """Return what an input of four dimensions tells."""
    dimensions = dimensions_of(value)
    if not value.type.tensor_type.HasField("shape"):
        raise ModelError(
            f"input {shown_port(value)} does not say its dimensions: {_OTHERWISE}; declare them in "
            f"the model{or_another(others)}"
        )
    if len(dimensions) != 4:
        raise ModelError(
            f"input {shown_port(value)} has {len(dimensions)} dimensions: "
            f"{_ADVICE.get(len(dimensions), _OTHERWISE)}{or_another(others)}"
        )
    layout = given.get("layout")
    if layout not in _AXES:
        layout = shown_layout(value)
    possible = {dimensions[axis] for axis, _, _ in _AXES.values()}
    if layout is None and not possible & {None, 1, 3}:
        raise ModelError(
            f"input {shown_port(value)} has {dimensions[1]} (NCHW) or {dimensions[3]} (NHWC) "
            f"channels: images have 1 (grey) or 3; export the model with 1 or 3{or_another(others)}"
        )
    if layout is None:
        raise AmbiguousModelError(
            f"input {value.name!r} has the shape {dimensions}: neither axis 1 nor axis 3 is 1 or "
            "3 channels; give the input contract (--layout, --channel-order)"
        )
    channels, height, width = (dimensions[axis] for axis in _AXES[layout])
    if channels not in (None, 1, 3):
        if shown_layout(value) not in (None, layout):
            raise ShapeError(
                f"layout {layout} makes {channels} channels of input {value.name!r} of shape "
                f"{dimensions}; correct the contract"
            )
        raise ModelError(
            f"input {shown_port(value)} has {channels} channels: images have 1 (grey) or 3; "
            f"{_FOUR if channels == 4 else 'export the model with 1 or 3'}{or_another(others)}"
        )
    return {
        "layout": layout,
        "channel_order": "grey" if channels == 1 else "RGB",
        "height": height,
        "width": width,
    }


def check_fit(pipeline: Pipeline, value: onnx.ValueInfoProto) -> None:
    """Check that a pipeline fits the dimensions that the model's input fixes.

    Raises
    ------
    ShapeError
        If it does not.
    """
    if is_flat(value):
        _check_row(pipeline, value)
        return
    wanted: list[int | None] = [None] * 4
    for axis, size in zip(_AXES[pipeline.layout], (pipeline.channels, *pipeline.size), strict=True):
        wanted[axis] = size
    dimensions = dimensions_of(value)
    clash = len(dimensions) != 4 or any(
        a is not None and b is not None and a != b for a, b in zip(wanted, dimensions, strict=True)
    )
    if clash:
        raise ShapeError(
            f"the input contract says {wanted} ({pipeline.layout}) and the model's input "
            f"{value.name!r} is {dimensions}: correct the contract"
        )


def _check_row(pipeline: Pipeline, value: onnx.ValueInfoProto) -> None:
    """Check the number of samples in the row of a flat input."""
    height, width = pipeline.size
    count = dimensions_of(value)[1]
    if not (height and width) or count not in (None, height * width * pipeline.channels):
        raise ShapeError(
            f"the input contract says {height} x {width} pixels of {pipeline.channels} channels, "
            f"and the model's input {value.name!r} takes {count} values in one row: correct the "
            "contract"
        )
