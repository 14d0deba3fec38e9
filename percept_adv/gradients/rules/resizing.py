"""Resize: along each axis a matrix, which the operator itself makes from an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.axis_matrix import apply_along
from percept_adv.gradients.rules.masks import is_image

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext

_KEPT = (
    "antialias",
    "coordinate_transformation_mode",
    "cubic_coeff_a",
    "exclude_outside",
    "mode",
    "nearest_mode",
)


@unary_rule("Resize")
def resize(context: NodeContext) -> str:
    """Multiply by the transposed matrix of each axis."""
    if context.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise context.unsupported("keep_aspect_ratio_policy other than stretch")
    if _repeats_one_pixel(context):
        count = float(np.prod(context.fixed_dims(context.output(), start=2)))
        return context.op(
            "Mul", context.op("GlobalAveragePool", context.gradient), context.constant(count)
        )
    gradient = context.gradient
    rank = context.rank(context.input(0))
    sizes, outputs = context.dims(context.input(0)), context.dims(context.output())
    axes = [axis % rank for axis in context.attribute("axes", range(rank))]
    scales = _constant_list(context, context.input(2))
    crop = _crop(context, len(axes))
    for index, axis in enumerate(axes):
        scale = scales[index] if scales else None
        begin, end = (crop[index], crop[len(axes) + index]) if crop else (0.0, 1.0)
        unchanged = scale == 1 if scale is not None else _same(sizes[axis], outputs[axis], axis)
        if unchanged and (begin, end) == (0, 1):
            continue
        matrix = _matrix(context, axis, scale, (begin, end))
        gradient = apply_along(context, gradient, matrix, axis)
    return gradient


def _same(size: int | None, output: int | None, axis: int) -> bool:
    """Whether sizes are known to agree; a batch is never resized, whatever its size."""
    return axis == 0 or (size is not None and size == output)


def _repeats_one_pixel(context: NodeContext) -> bool:
    """Whether every pixel of the output is the only one of the input's channel."""
    return (
        is_image(context, context.output())
        and context.dims(context.input(0))[2:] == (1, 1)
        and None not in context.dims(context.output())[2:]
        and context.dims(context.input(0))[1] == context.dims(context.output())[1]
        and context.attribute("mode", "nearest") == "nearest"
        and context.attribute("coordinate_transformation_mode") != "tf_crop_and_resize"
    )


def _constant_list(context: NodeContext, name: str) -> list[float]:
    """Return a constant input's values; an empty list if it is left out."""
    values: list[float] = context.required_value(name).tolist() if name else []
    return values


def _crop(context: NodeContext, axes: int) -> list[float]:
    """Return where each axis is cropped: all begins, then all ends; empty if it is not."""
    if context.attribute("coordinate_transformation_mode") != "tf_crop_and_resize":
        return []
    crop = _constant_list(context, context.input(1))
    if len(crop) != 2 * axes:
        raise context.unsupported(f"its region of interest has {len(crop)} values")
    return crop


def _matrix(context: NodeContext, axis: int, scale: float | None, crop: tuple[float, float]) -> str:
    """Resize the rows of an identity: shape (output, size) of an axis.

    Where the sizes are fixed a runtime folds this when it loads the graph; either way these are
    exactly the operator's own coefficients.
    """
    attributes: dict[str, Any] = {
        name: context.attribute(name) for name in _KEPT if context.attribute(name) is not None
    }
    size = context.size(context.input(0), axis)
    identity = _identity(context, context.dims(context.input(0))[axis], size)
    region = ""
    if context.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
        region = context.emit.constant([0, 0, crop[0], 0, 1, 1, crop[1], 1], TensorProto.FLOAT)
    ones = context.emit.integers([1, 1])
    if scale is None:
        output = context.size(context.output(), axis)
        target = context.op("Concat", ones, output, size, axis=0)
        resized = context.op("Resize", identity, region, "", target, **attributes)
    else:
        scales = context.emit.constant([1, 1, scale, 1], TensorProto.FLOAT)
        resized = context.op("Resize", identity, region, scales, **attributes)
    matrix = context.op("Squeeze", resized, context.emit.integers([0, 1]))
    elem_type = context.elem_type(context.output())
    return matrix if elem_type == TensorProto.FLOAT else context.emit.cast(matrix, elem_type)


def _identity(context: NodeContext, fixed: int | None, size: str) -> str:
    """Return an identity as one image of one channel, (1, 1, size, size)."""
    if fixed is not None:
        return context.emit.constant(np.eye(fixed)[None, None], TensorProto.FLOAT)
    square = context.op("Concat", size, size, axis=0)
    zeros = context.op("Expand", context.emit.constant(0.0, TensorProto.FLOAT), square)
    return context.op("Unsqueeze", context.op("EyeLike", zeros), context.emit.integers([0, 1]))
