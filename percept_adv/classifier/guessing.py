"""The input contract of a model that comes without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import TensorProto

from percept_adv.classifier.contract import InputContract
from percept_adv.errors import AmbiguousModelError, ShapeError

if TYPE_CHECKING:
    import onnx

    from percept_adv.classifier.contract import ChannelOrder, Layout


def input_dimensions(value: onnx.ValueInfoProto) -> list[int | None]:
    """Return the dimensions of a model's input, None for each that is not fixed."""
    dimensions = value.type.tensor_type.shape.dim
    return [
        d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in dimensions
    ]


def guess_contract(value: onnx.ValueInfoProto) -> InputContract:
    """Guess layout, channels and size from the shape of a model's image input.

    Values are taken to be in [0, 1], or 0 to 255 for an input of 8-bit integers.

    Raises
    ------
    AmbiguousModelError
        If the shape does not tell the channels.
    """
    dimensions = input_dimensions(value)
    if len(dimensions) != 4:
        raise AmbiguousModelError(
            f"input {value.name!r} has {len(dimensions)} dimensions: an image classifier takes "
            "4 (batch, channels, height, width); choose its image input by name"
        )
    layout: Layout
    if dimensions[1] in (1, 3):
        layout, channels, size = "NCHW", dimensions[1], dimensions[2:]
    elif dimensions[3] in (1, 3):
        layout, channels, size = "NHWC", dimensions[3], dimensions[1:3]
    else:
        raise AmbiguousModelError(
            f"input {value.name!r} has the shape {dimensions}: neither axis 1 nor axis 3 is 1 or "
            "3 channels; give the input contract (layout, channel_order)"
        )
    order: ChannelOrder = "grey" if channels == 1 else "RGB"
    bytes_in = value.type.tensor_type.elem_type == TensorProto.UINT8
    return InputContract(
        layout=layout,
        channel_order=order,
        height=size[0],
        width=size[1],
        std=(1 / 255,) if bytes_in else (1.0,),
    )


def check_fit(contract: InputContract, value: onnx.ValueInfoProto) -> None:
    """Check that a contract fits the dimensions that the model's input fixes.

    Raises
    ------
    ShapeError
        If it does not.
    """
    channels, height, width = contract.channels, contract.height, contract.width
    wanted = (
        [None, channels, height, width]
        if contract.layout == "NCHW"
        else [None, height, width, channels]
    )
    dimensions = input_dimensions(value)
    clash = len(dimensions) != 4 or any(
        a is not None and b is not None and a != b for a, b in zip(wanted, dimensions, strict=True)
    )
    if clash:
        raise ShapeError(
            f"the input contract says {wanted} ({contract.layout}) and the model's input "
            f"{value.name!r} is {dimensions}: correct the contract"
        )
