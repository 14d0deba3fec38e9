"""Mathematical functions of one operand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.registry import unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


@unary_rule("Exp")
def exp(site: Site) -> str:
    """Multiply by y."""
    return site.op("Mul", site.gradient, site.output())


@unary_rule("Log")
def log(site: Site) -> str:
    """1 / x."""
    return site.op("Div", site.gradient, site.input(0))


@unary_rule("Sqrt")
def sqrt(site: Site) -> str:
    """1 / (2 y); infinite at 0."""
    return site.op("Div", site.op("Mul", site.gradient, site.constant(0.5)), site.output())


@unary_rule("Reciprocal")
def reciprocal(site: Site) -> str:
    """-y^2."""
    square = site.op("Mul", site.output(), site.output())
    return site.op("Neg", site.op("Mul", site.gradient, square))


@unary_rule("Abs")
def absolute(site: Site) -> str:
    """The sign of x; 0 at 0."""  # noqa: D401
    return site.op("Mul", site.gradient, site.op("Sign", site.input(0)))


@unary_rule("Erf")
def erf(site: Site) -> str:
    """2 / sqrt(pi) exp(-x^2)."""
    x = site.input(0)
    bell = site.op("Exp", site.op("Mul", site.op("Mul", x, x), site.constant(-1.0)))
    scaled = site.op("Mul", bell, site.constant(2 / math.sqrt(math.pi)))
    return site.op("Mul", site.gradient, scaled)


@unary_rule("Sin")
def sin(site: Site) -> str:
    """cos(x)."""
    return site.op("Mul", site.gradient, site.op("Cos", site.input(0)))


@unary_rule("Cos")
def cos(site: Site) -> str:
    """-sin(x)."""
    return site.op("Neg", site.op("Mul", site.gradient, site.op("Sin", site.input(0))))


@unary_rule("Atan")
def atan(site: Site) -> str:
    """1 / (1 + x^2)."""
    square = site.op("Mul", site.input(0), site.input(0))
    return site.op("Div", site.gradient, site.op("Add", square, site.constant(1.0)))
