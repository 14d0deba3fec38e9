"""Normalisation by mean and deviation, or by a norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.reductions import divide_where_nonzero

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.node_context import NodeContext


def channelwise(context: NodeContext, name: str) -> str:
    """Give a vector over channels the rank of the input, channels at axis 1."""
    trailing = list(range(1, context.rank(context.input(0)) - 1))
    return context.op("Unsqueeze", name, context.emit.integers(trailing)) if trailing else name


def mean(context: NodeContext, name: str, axes: Sequence[int]) -> str:
    """Return the mean over axes, kept with size 1."""
    return context.op("ReduceMean", name, context.emit.integers(axes), keepdims=1)


def through_deviation(context: NodeContext, gradient: str, normal: str, axes: Sequence[int]) -> str:
    """Return g - mean(g) - n mean(g n): what is left of a gradient at normalised values n."""
    correlation = mean(context, context.op("Mul", gradient, normal), axes)
    centred = context.op("Sub", gradient, mean(context, gradient, axes))
    return context.op("Sub", centred, context.op("Mul", normal, correlation))


@unary_rule("BatchNormalization")
def batch_normalization(context: NodeContext) -> str:
    """Multiply by scale / sqrt(variance + epsilon), as at inference."""
    if context.attribute("training_mode", 0):
        raise context.unsupported("it is in training mode; export the model for inference")
    epsilon = context.emit.constant(
        context.attribute("epsilon", 1e-5), context.facts[context.input(4)].elem_type
    )
    deviation = context.op("Sqrt", context.op("Add", context.input(4), epsilon))
    scale = context.input(1)
    if context.facts[scale].elem_type != context.facts[context.input(4)].elem_type:
        scale = context.emit.cast(scale, context.facts[context.input(4)].elem_type)
    factor = context.op("Div", scale, deviation)
    if context.facts[context.input(4)].elem_type != context.elem_type(context.output()):
        factor = context.emit.cast(factor, context.elem_type(context.output()))
    return context.op("Mul", context.gradient, channelwise(context, factor))


@unary_rule("InstanceNormalization")
def instance_normalization(context: NodeContext) -> str:
    """Multiply scale / deviation and (g - mean(g) - n mean(g n)), n the normalised values."""
    x = context.input(0)
    axes = list(range(2, context.rank(x)))
    centred = context.op("Sub", x, mean(context, x, axes))
    variance = mean(context, context.op("Mul", centred, centred), axes)
    epsilon = context.constant(context.attribute("epsilon", 1e-5))
    inverse = context.op("Reciprocal", context.op("Sqrt", context.op("Add", variance, epsilon)))
    normal = context.op("Mul", centred, inverse)
    rest = through_deviation(context, context.gradient, normal, axes)
    return context.op(
        "Mul", rest, context.op("Mul", inverse, channelwise(context, context.input(1)))
    )


@unary_rule("LayerNormalization")
def layer_normalization(context: NodeContext) -> str:
    """(h - mean(h) - n mean(h n)) / deviation, h = scale g, n the normalised values."""
    x, scale = context.input(0), context.input(1)
    rank = context.rank(x)
    axis = context.attribute("axis", -1) % rank
    attributes = {
        "axis": axis - rank,
        "epsilon": context.attribute("epsilon", 1e-5),
        "stash_type": context.attribute("stash_type", 1),
    }
    # The fused operator with a scale of 1 gives the normalised values in one pass.
    ones = context.op("Expand", context.constant(1.0), context.shape_tensor(scale))
    normal, _, inverse = context.emit.ops("LayerNormalization", x, ones, outputs=3, **attributes)
    if context.attribute("stash_type", 1) != context.elem_type(x):
        inverse = context.emit.cast(inverse, context.elem_type(x))
    scaled = context.op("Mul", context.gradient, scale)
    rest = through_deviation(context, scaled, normal, range(axis, rank))
    return context.op("Mul", rest, inverse)


@unary_rule("RMSNormalization")
def rms_normalization(context: NodeContext) -> str:
    """(h - n mean(h n)) / r, h = scale g, n = x / r, r the root mean square."""
    x = context.input(0)
    rank = context.rank(x)
    axes = range(context.attribute("axis", -1) % rank, rank)
    square = mean(context, context.op("Mul", x, x), axes)
    epsilon = context.constant(context.attribute("epsilon", 1e-5))
    inverse = context.op("Reciprocal", context.op("Sqrt", context.op("Add", square, epsilon)))
    normal = context.op("Mul", x, inverse)
    scaled = context.op("Mul", context.gradient, context.input(1))
    correlation = mean(context, context.op("Mul", scaled, normal), axes)
    rest = context.op("Sub", scaled, context.op("Mul", normal, correlation))
    return context.op("Mul", rest, inverse)


@unary_rule("LpNormalization")
def lp_normalization(context: NodeContext) -> str:
    """(g - s sum(g y)) / norm, s = y for p = 2 and sign(x) for p = 1; 0 where the norm is 0."""
    x, p = context.input(0), context.attribute("p", 2)
    axis = context.emit.integers([context.attribute("axis", -1)])
    norm = context.op("ReduceL1" if p == 1 else "ReduceL2", x, axis, keepdims=1)
    total = context.op(
        "ReduceSum", context.op("Mul", context.gradient, context.output()), axis, keepdims=1
    )
    direction = context.op("Sign", x) if p == 1 else context.output()
    rest = context.op("Sub", context.gradient, context.op("Mul", direction, total))
    return divide_where_nonzero(context, rest, norm)


@unary_rule("LRN")
def local_response_normalization(context: NodeContext) -> str:
    """Subtract 2 alpha beta / size x W(g x s^(-beta-1)) from g s^-beta, W a window sum."""
    x, size = context.input(0), context.attribute("size")
    alpha, beta = context.attribute("alpha", 1e-4), context.attribute("beta", 0.75)
    squares = _channel_sum(context, context.op("Mul", x, x), size, before=(size - 1) // 2)
    scaled = context.op("Mul", squares, context.constant(alpha / size))
    base = context.op("Add", scaled, context.constant(context.attribute("bias", 1.0)))
    direct = context.op("Mul", context.gradient, context.op("Pow", base, context.constant(-beta)))
    shared = context.op("Div", context.op("Mul", direct, x), base)
    windowed = _channel_sum(context, shared, size, before=size - 1 - (size - 1) // 2)
    factor = context.op("Mul", x, context.constant(2.0 * alpha * beta / size))
    return context.op("Sub", direct, context.op("Mul", factor, windowed))


def _channel_sum(context: NodeContext, name: str, size: int, *, before: int) -> str:
    """Sum over windows of channels, ``before`` of them in front of each one."""
    channels = context.dims(context.input(0))[1]
    if channels is None:
        raise context.unsupported("its number of channels is dynamic")
    flat = context.op("Reshape", name, context.emit.integers([0, 1, channels, -1]))
    kernel = context.constant(np.ones((1, 1, size, 1)))
    summed = context.op("Conv", flat, kernel, pads=[before, 0, size - 1 - before, 0])
    return context.reshape_like(summed, context.input(0))
