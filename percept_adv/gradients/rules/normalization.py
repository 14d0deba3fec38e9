"""Normalisation by mean and deviation, or by a norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.reductions import divide_where_nonzero

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.node_context import Site


def channelwise(site: Site, name: str) -> str:
    """Give a vector over channels the rank of the input, channels at axis 1."""
    trailing = list(range(1, site.rank(site.input(0)) - 1))
    return site.op("Unsqueeze", name, site.emit.integers(trailing)) if trailing else name


def mean(site: Site, name: str, axes: Sequence[int]) -> str:
    """Return the mean over axes, kept with size 1."""
    return site.op("ReduceMean", name, site.emit.integers(axes), keepdims=1)


def through_deviation(site: Site, gradient: str, normal: str, axes: Sequence[int]) -> str:
    """Return g - mean(g) - n mean(g n): what is left of a gradient at normalised values n."""
    correlation = mean(site, site.op("Mul", gradient, normal), axes)
    centred = site.op("Sub", gradient, mean(site, gradient, axes))
    return site.op("Sub", centred, site.op("Mul", normal, correlation))


@unary_rule("BatchNormalization")
def batch_normalization(site: Site) -> str:
    """Multiply by scale / sqrt(variance + epsilon), as at inference."""
    if site.attribute("training_mode", 0):
        raise site.unsupported("it is in training mode; export the model for inference")
    epsilon = site.emit.constant(
        site.attribute("epsilon", 1e-5), site.facts[site.input(4)].elem_type
    )
    deviation = site.op("Sqrt", site.op("Add", site.input(4), epsilon))
    scale = site.input(1)
    if site.facts[scale].elem_type != site.facts[site.input(4)].elem_type:
        scale = site.emit.cast(scale, site.facts[site.input(4)].elem_type)
    factor = site.op("Div", scale, deviation)
    if site.facts[site.input(4)].elem_type != site.elem_type(site.output()):
        factor = site.emit.cast(factor, site.elem_type(site.output()))
    return site.op("Mul", site.gradient, channelwise(site, factor))


@unary_rule("InstanceNormalization")
def instance_normalization(site: Site) -> str:
    """Multiply scale / deviation and (g - mean(g) - n mean(g n)), n the normalised values."""
    x = site.input(0)
    axes = list(range(2, site.rank(x)))
    centred = site.op("Sub", x, mean(site, x, axes))
    variance = mean(site, site.op("Mul", centred, centred), axes)
    epsilon = site.constant(site.attribute("epsilon", 1e-5))
    inverse = site.op("Reciprocal", site.op("Sqrt", site.op("Add", variance, epsilon)))
    normal = site.op("Mul", centred, inverse)
    rest = through_deviation(site, site.gradient, normal, axes)
    return site.op("Mul", rest, site.op("Mul", inverse, channelwise(site, site.input(1))))


@unary_rule("LayerNormalization")
def layer_normalization(site: Site) -> str:
    """(h - mean(h) - n mean(h n)) / deviation, h = scale g, n the normalised values."""
    x, scale = site.input(0), site.input(1)
    rank = site.rank(x)
    axis = site.attribute("axis", -1) % rank
    attributes = {
        "axis": axis - rank,
        "epsilon": site.attribute("epsilon", 1e-5),
        "stash_type": site.attribute("stash_type", 1),
    }
    # The fused operator with a scale of 1 gives the normalised values in one pass.
    ones = site.op("Expand", site.constant(1.0), site.shape_tensor(scale))
    normal, _, inverse = site.emit.ops("LayerNormalization", x, ones, outputs=3, **attributes)
    if site.attribute("stash_type", 1) != site.elem_type(x):
        inverse = site.emit.cast(inverse, site.elem_type(x))
    scaled = site.op("Mul", site.gradient, scale)
    rest = through_deviation(site, scaled, normal, range(axis, rank))
    return site.op("Mul", rest, inverse)


@unary_rule("RMSNormalization")
def rms_normalization(site: Site) -> str:
    """(h - n mean(h n)) / r, h = scale g, n = x / r, r the root mean square."""
    x = site.input(0)
    rank = site.rank(x)
    axes = range(site.attribute("axis", -1) % rank, rank)
    square = mean(site, site.op("Mul", x, x), axes)
    epsilon = site.constant(site.attribute("epsilon", 1e-5))
    inverse = site.op("Reciprocal", site.op("Sqrt", site.op("Add", square, epsilon)))
    normal = site.op("Mul", x, inverse)
    scaled = site.op("Mul", site.gradient, site.input(1))
    correlation = mean(site, site.op("Mul", scaled, normal), axes)
    rest = site.op("Sub", scaled, site.op("Mul", normal, correlation))
    return site.op("Mul", rest, inverse)


@unary_rule("LpNormalization")
def lp_normalization(site: Site) -> str:
    """(g - s sum(g y)) / norm, s = y for p = 2 and sign(x) for p = 1; 0 where the norm is 0."""
    x, p = site.input(0), site.attribute("p", 2)
    axis = site.emit.integers([site.attribute("axis", -1)])
    norm = site.op("ReduceL1" if p == 1 else "ReduceL2", x, axis, keepdims=1)
    total = site.op("ReduceSum", site.op("Mul", site.gradient, site.output()), axis, keepdims=1)
    direction = site.op("Sign", x) if p == 1 else site.output()
    rest = site.op("Sub", site.gradient, site.op("Mul", direction, total))
    return divide_where_nonzero(site, rest, norm)


@unary_rule("LRN")
def local_response_normalization(site: Site) -> str:
    """Subtract 2 alpha beta / size x W(g x s^(-beta-1)) from g s^-beta, W a window sum."""
    x, size = site.input(0), site.attribute("size")
    alpha, beta = site.attribute("alpha", 1e-4), site.attribute("beta", 0.75)
    squares = _channel_sum(site, site.op("Mul", x, x), size, before=(size - 1) // 2)
    scaled = site.op("Mul", squares, site.constant(alpha / size))
    base = site.op("Add", scaled, site.constant(site.attribute("bias", 1.0)))
    direct = site.op("Mul", site.gradient, site.op("Pow", base, site.constant(-beta)))
    shared = site.op("Div", site.op("Mul", direct, x), base)
    windowed = _channel_sum(site, shared, size, before=size - 1 - (size - 1) // 2)
    factor = site.op("Mul", x, site.constant(2.0 * alpha * beta / size))
    return site.op("Sub", direct, site.op("Mul", factor, windowed))


def _channel_sum(site: Site, name: str, size: int, *, before: int) -> str:
    """Sum over windows of channels, ``before`` of them in front of each one."""
    channels = site.dims(site.input(0))[1]
    if channels is None:
        raise site.unsupported("its number of channels is dynamic")
    flat = site.op("Reshape", name, site.emit.integers([0, 1, channels, -1]))
    kernel = site.constant(np.ones((1, 1, size, 1)))
    summed = site.op("Conv", flat, kernel, pads=[before, 0, size - 1 - before, 0])
    return site.reshape_like(summed, site.input(0))
