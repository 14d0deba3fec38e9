"""Elementwise arithmetic of one or more operands, with broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.registry import Gradients, rule, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


@rule("Add", "Sum", broadcasts=True)
def add(site: Site) -> Gradients:
    """1 for every operand."""
    return dict.fromkeys(site.wanted, site.gradient)


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
