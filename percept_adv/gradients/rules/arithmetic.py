"""Elementwise arithmetic of one or more operands, with broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import Gradients, rule, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


@rule("Add", "Sum", broadcasts=True)
def add(context: NodeContext) -> Gradients:
    """1 for every operand."""
    return dict.fromkeys(context.wanted, context.gradient)


@rule("Mean", broadcasts=True)
def mean(context: NodeContext) -> Gradients:
    """1 / count for every operand."""
    share = context.op("Mul", context.gradient, context.constant(1.0 / len(context.node.input)))
    return dict.fromkeys(context.wanted, share)


@rule("Sub", broadcasts=True)
def sub(context: NodeContext) -> Gradients:
    """1 and -1."""
    gradients = {0: context.gradient}
    if 1 in context.wanted:
        gradients[1] = context.op("Neg", context.gradient)
    return gradients


@rule("Mul", broadcasts=True)
def mul(context: NodeContext) -> Gradients:
    """Multiply by the other factor."""
    return {
        position: context.op("Mul", context.gradient, context.input(1 - position))
        for position in context.wanted
    }


@rule("Div", broadcasts=True)
def div(context: NodeContext) -> Gradients:
    """1 / b for the dividend, -y / b for the divisor b."""
    quotient = context.op("Div", context.gradient, context.input(1))
    gradients = {0: quotient}
    if 1 in context.wanted:
        gradients[1] = context.op("Neg", context.op("Mul", quotient, context.output()))
    return gradients


@rule("Pow", broadcasts=True)
def power(context: NodeContext) -> Gradients:
    """Multiply by b x^(b-1) for the base x, by y log(x) for the exponent b; 0 where b or x is 0."""
    base, exponent = context.input(0), context.input(1)
    if context.facts[exponent].elem_type != context.facts[base].elem_type:
        exponent = context.emit.cast(exponent, context.elem_type(base))
    gradients = {}
    if 0 in context.wanted:
        gradients[0] = context.op("Mul", context.gradient, _slope(context, base, exponent))
    if 1 in context.wanted:
        zero = context.op("Equal", base, context.constant(0.0))
        safe = context.op("Where", zero, context.constant(1.0), base)
        slope = context.op("Mul", context.output(), context.op("Log", safe))
        gradients[1] = context.op("Mul", context.gradient, slope)
    return gradients


def _slope(context: NodeContext, base: str, exponent: str) -> str:
    """Return b x^(b-1); x itself doubled for squares, by far the most frequent."""
    value = context.value(context.input(1))
    if value is not None and value.size == 1 and value.item() == 2:
        return context.op("Mul", base, context.constant(2.0))
    if value is not None and not (value == 0).any():
        lowered = context.constant(np.asarray(value, np.float64) - 1)
        return context.op("Mul", exponent, context.op("Pow", base, lowered))
    zero = context.op("Equal", exponent, context.constant(0.0))
    lowered = context.op("Sub", exponent, context.constant(1.0))
    safe = context.op("Where", zero, context.constant(0.0), lowered)
    return context.op("Mul", exponent, context.op("Pow", base, safe))


@rule("Max", "Min", broadcasts=True)
def extremum(context: NodeContext) -> Gradients:
    """1 for the operand that is chosen; tied operands share equally."""
    masks = [
        context.cast_mask(context.op("Equal", name, context.output()))
        for name in context.node.input
    ]
    if len(masks) == 1:
        return {0: context.gradient}
    share = context.op("Div", context.gradient, context.emit.sum(masks))
    return {position: context.op("Mul", share, masks[position]) for position in context.wanted}


@rule("Where", broadcasts=True)
def where(context: NodeContext) -> Gradients:
    """1 for the operand that is chosen."""
    chosen = context.cast_mask(context.input(0))
    gradients = {}
    if 1 in context.wanted:
        gradients[1] = context.op("Mul", context.gradient, chosen)
    if 2 in context.wanted:
        rest = context.op("Sub", context.constant(1.0), chosen)
        gradients[2] = context.op("Mul", context.gradient, rest)
    return gradients


@unary_rule("Identity", carries_integers=True)
def identity(context: NodeContext) -> str:
    """1."""
    return context.gradient


@unary_rule("Neg")
def neg(context: NodeContext) -> str:
    """-1."""
    return context.op("Neg", context.gradient)


@unary_rule("Cast")
def cast(context: NodeContext) -> str:
    """1; no gradient through a conversion from real numbers to integers."""
    target = context.elem_type(context.input(0))
    if target == context.elem_type(context.output()):
        return context.gradient
    return context.emit.cast(context.gradient, target)
