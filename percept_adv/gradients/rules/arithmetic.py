"""Elementwise arithmetic of one or more operands, with broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import Gradients, rule, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


@rule("Add", "Sum", broadcasts=True)
def add(site: Site) -> Gradients:
    """1 for every operand."""
    return dict.fromkeys(site.wanted, site.gradient)


@rule("Mean", broadcasts=True)
def mean(site: Site) -> Gradients:
    """1 / count for every operand."""
    share = site.op("Mul", site.gradient, site.constant(1.0 / len(site.node.input)))
    return dict.fromkeys(site.wanted, share)


@rule("Sub", broadcasts=True)
def sub(site: Site) -> Gradients:
    """1 and -1."""
    gradients = {0: site.gradient}
    if 1 in site.wanted:
        gradients[1] = site.op("Neg", site.gradient)
    return gradients


@rule("Mul", broadcasts=True)
def mul(site: Site) -> Gradients:
    """Multiply by the other factor."""
    return {
        position: site.op("Mul", site.gradient, site.input(1 - position))
        for position in site.wanted
    }


@rule("Div", broadcasts=True)
def div(site: Site) -> Gradients:
    """1 / b for the dividend, -y / b for the divisor b."""
    quotient = site.op("Div", site.gradient, site.input(1))
    gradients = {0: quotient}
    if 1 in site.wanted:
        gradients[1] = site.op("Neg", site.op("Mul", quotient, site.output()))
    return gradients


@rule("Pow", broadcasts=True)
def power(site: Site) -> Gradients:
    """B x^(b-1) for the base x, y log(x) for the exponent b; 0 where b or x is 0."""
    base, exponent = site.input(0), site.input(1)
    if site.facts[exponent].elem_type != site.facts[base].elem_type:
        exponent = site.emit.cast(exponent, site.elem_type(base))
    gradients = {}
    if 0 in site.wanted:
        gradients[0] = site.op("Mul", site.gradient, _slope(site, base, exponent))
    if 1 in site.wanted:
        zero = site.op("Equal", base, site.constant(0.0))
        safe = site.op("Where", zero, site.constant(1.0), base)
        slope = site.op("Mul", site.output(), site.op("Log", safe))
        gradients[1] = site.op("Mul", site.gradient, slope)
    return gradients


def _slope(site: Site, base: str, exponent: str) -> str:
    """Return b x^(b-1); x itself doubled for squares, by far the most frequent."""
    value = site.value(site.input(1))
    if value is not None and value.size == 1 and value.item() == 2:
        return site.op("Mul", base, site.constant(2.0))
    if value is not None and not (value == 0).any():
        lowered = site.constant(np.asarray(value, np.float64) - 1)
        return site.op("Mul", exponent, site.op("Pow", base, lowered))
    zero = site.op("Equal", exponent, site.constant(0.0))
    lowered = site.op("Sub", exponent, site.constant(1.0))
    safe = site.op("Where", zero, site.constant(0.0), lowered)
    return site.op("Mul", exponent, site.op("Pow", base, safe))


@rule("Max", "Min", broadcasts=True)
def extremum(site: Site) -> Gradients:
    """1 for the operand that is chosen; tied operands share equally."""
    masks = [site.cast_mask(site.op("Equal", name, site.output())) for name in site.node.input]
    if len(masks) == 1:
        return {0: site.gradient}
    share = site.op("Div", site.gradient, site.emit.sum(masks))
    return {position: site.op("Mul", share, masks[position]) for position in site.wanted}


@rule("Where", broadcasts=True)
def where(site: Site) -> Gradients:
    """1 for the operand that is chosen."""
    chosen = site.cast_mask(site.input(0))
    gradients = {}
    if 1 in site.wanted:
        gradients[1] = site.op("Mul", site.gradient, chosen)
    if 2 in site.wanted:
        rest = site.op("Sub", site.constant(1.0), chosen)
        gradients[2] = site.op("Mul", site.gradient, rest)
    return gradients


@unary_rule("Identity", carries_integers=True)
def identity(site: Site) -> str:
    """1."""
    return site.gradient


@unary_rule("Neg")
def neg(site: Site) -> str:
    """-1."""
    return site.op("Neg", site.gradient)


@unary_rule("Cast")
def cast(site: Site) -> str:
    """1; no gradient through a conversion from real numbers to integers."""
    target = site.elem_type(site.input(0))
    if target == site.elem_type(site.output()):
        return site.gradient
    return site.emit.cast(site.gradient, target)
