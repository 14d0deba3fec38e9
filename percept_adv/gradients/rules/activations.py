"""Activation functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.registry import unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


@unary_rule("Relu")
def relu(site: Site) -> str:
    """1 where the output is positive; 0 at 0."""
    positive = site.op("Greater", site.output(), site.constant(0.0))
    return site.op("Mul", site.gradient, site.cast_mask(positive))


@unary_rule("Sigmoid")
def sigmoid(site: Site) -> str:
    """Y (1 - y)."""
    complement = site.op("Sub", site.constant(1.0), site.output())
    return site.op("Mul", site.gradient, site.op("Mul", site.output(), complement))


@unary_rule("Tanh")
def tanh(site: Site) -> str:
    """1 - y^2."""
    square = site.op("Mul", site.output(), site.output())
    return site.op("Mul", site.gradient, site.op("Sub", site.constant(1.0), square))


@unary_rule("Clip")
def clip(site: Site) -> str:
    """1 between the bounds and at them, as torch.clamp; Clip to [0, 6] as ReLU6: 0 at both."""
    low, high = site.input(1), site.input(2)
    conditions = []
    if low and high and site.value(low) == 0 and site.value(high) == 6:
        conditions.append(site.op("Greater", site.output(), low))
        conditions.append(site.op("Less", site.output(), high))
    else:
        if low:
            conditions.append(site.op("GreaterOrEqual", site.input(0), low))
        if high:
            conditions.append(site.op("LessOrEqual", site.input(0), high))
    gradient = site.gradient
    if len(conditions) == 2:
        conditions = [site.op("And", *conditions)]
    for condition in conditions:
        gradient = site.op("Mul", gradient, site.cast_mask(condition))
    return gradient
