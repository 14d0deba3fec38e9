"""Conversions to integers and back: straight through, and nothing where a value saturates.

Integer tensors on the way have gradients in float32, as if they were real numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, helper

from percept_adv.gradients.registry import MICROSOFT, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


def along_axis(context: NodeContext, name: str) -> str:
    """Give scales of the channels of one axis the rank of the input."""
    scale, rank = context.dims(name), context.rank(context.input(0))
    if context.attribute("block_size", 0) or len(scale) > 1:
        raise context.unsupported("scales by blocks")
    if len(scale) == 0 or scale == (1,):
        return name
    axis = context.attribute("axis", 1) % rank
    others = [other for other in range(rank) if other != axis]
    return context.op("Unsqueeze", name, context.emit.integers(others)) if others else name


@unary_rule("DequantizeLinear")
@unary_rule("DequantizeLinear", domain=MICROSOFT)
def dequantize_linear(context: NodeContext) -> str:
    """Multiply by the scale."""
    scale = along_axis(context, context.input(1))
    gradient = context.gradient
    if context.facts[context.input(1)].elem_type != context.elem_type(context.output()):
        scale = context.emit.cast(scale, context.elem_type(context.output()))
    scaled = context.op("Mul", gradient, scale)
    if context.elem_type(context.output()) == TensorProto.FLOAT:
        return scaled
    return context.emit.cast(scaled, TensorProto.FLOAT)


@unary_rule("QuantizeLinear", carries_integers=True)
@unary_rule("QuantizeLinear", domain=MICROSOFT, carries_integers=True)
def quantize_linear(context: NodeContext) -> str:
    """1 / scale, straight through the rounding; 0 where the value saturates."""
    x, elem_type = context.input(0), context.elem_type(context.input(0))
    scale = along_axis(context, context.input(1))
    lowest, highest = _limits(context)
    offset = context.emit.constant(0.0, TensorProto.FLOAT)
    if context.input(2):
        offset = context.emit.cast(along_axis(context, context.input(2)), TensorProto.FLOAT)
    real_scale = context.emit.cast(scale, TensorProto.FLOAT)
    bounds = [
        context.emit.cast(
            context.op(
                "Mul",
                context.op("Sub", context.emit.constant(limit, TensorProto.FLOAT), offset),
                real_scale,
            ),
            elem_type,
        )
        for limit in (lowest, highest)
    ]
    inside = context.op(
        "And", context.op("GreaterOrEqual", x, bounds[0]), context.op("LessOrEqual", x, bounds[1])
    )
    passed = context.op("Mul", context.gradient, context.emit.cast(inside, TensorProto.FLOAT))
    divided = context.op("Div", passed, real_scale)
    return divided if elem_type == TensorProto.FLOAT else context.emit.cast(divided, elem_type)


def _limits(context: NodeContext) -> tuple[float, float]:
    """Return the least and the largest value of the integer type."""
    elem_type = (
        context.facts[context.output()].elem_type or context.facts[context.input(2)].elem_type
    )
    names: dict[int, tuple[float, float]] = {
        TensorProto.INT4: (-8.0, 7.0),
        TensorProto.UINT4: (0.0, 15.0),
    }
    if elem_type in names:
        return names[elem_type]
    dtype = helper.tensor_dtype_to_np_dtype(elem_type)
    if not np.issubdtype(dtype, np.integer):
        raise context.unsupported(f"it converts to {dtype}")
    limits = np.iinfo(dtype)
    return float(limits.min), float(limits.max)


@unary_rule("DynamicQuantizeLinear", carries_integers=True)
def dynamic_quantize_linear(context: NodeContext) -> str:
    """1 / scale, straight through the rounding; the scale is taken for constant."""
    return context.op("Div", context.gradient, context.output(1))
