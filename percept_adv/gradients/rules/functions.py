"""Mathematical functions of one operand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.registry import unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


@unary_rule("Exp")
def exp(context: NodeContext) -> str:
    """Multiply by y."""
    return context.op("Mul", context.gradient, context.output())


@unary_rule("Log")
def log(context: NodeContext) -> str:
    """1 / x."""
    return context.op("Div", context.gradient, context.input(0))


@unary_rule("Sqrt")
def sqrt(context: NodeContext) -> str:
    """1 / (2 y); infinite at 0."""
    return context.op(
        "Div", context.op("Mul", context.gradient, context.constant(0.5)), context.output()
    )


@unary_rule("Reciprocal")
def reciprocal(context: NodeContext) -> str:
    """-y^2."""
    square = context.op("Mul", context.output(), context.output())
    return context.op("Neg", context.op("Mul", context.gradient, square))


@unary_rule("Abs")
def absolute(context: NodeContext) -> str:
    """The sign of x; 0 at 0."""  # noqa: D401
    return context.op("Mul", context.gradient, context.op("Sign", context.input(0)))


@unary_rule("Erf")
def erf(context: NodeContext) -> str:
    """2 / sqrt(pi) exp(-x^2)."""
    x = context.input(0)
    bell = context.op("Exp", context.op("Mul", context.op("Mul", x, x), context.constant(-1.0)))
    scaled = context.op("Mul", bell, context.constant(2 / math.sqrt(math.pi)))
    return context.op("Mul", context.gradient, scaled)


@unary_rule("Sin")
def sin(context: NodeContext) -> str:
    """cos(x)."""
    return context.op("Mul", context.gradient, context.op("Cos", context.input(0)))


@unary_rule("Cos")
def cos(context: NodeContext) -> str:
    """-sin(x)."""
    return context.op(
        "Neg", context.op("Mul", context.gradient, context.op("Sin", context.input(0)))
    )


@unary_rule("Atan")
def atan(context: NodeContext) -> str:
    """1 / (1 + x^2)."""
    square = context.op("Mul", context.input(0), context.input(0))
    return context.op("Div", context.gradient, context.op("Add", square, context.constant(1.0)))
