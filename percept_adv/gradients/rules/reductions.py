"""Reductions over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.adjoint import in_blocks, repeat
from percept_adv.gradients.rules.masks import is_image

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


def reduced_axes(context: NodeContext) -> list[int]:
    """Return the axes that a Reduce operator works on, counted from the front."""
    rank = context.rank(context.input(0))
    name = context.input(1)
    axes = context.required_value(name) if name else np.zeros(0, np.int64)
    if axes.size:
        return context.axes(axes, rank)
    return [] if context.attribute("noop_with_empty_axes", 0) else list(range(rank))


def keep_axes(context: NodeContext, name: str, axes: list[int]) -> str:
    """Give a reduced tensor its reduced axes back, with size 1."""
    if context.attribute("keepdims", 1) or not axes:
        return name
    return context.op("Unsqueeze", name, context.emit.integers(axes))


def kept(context: NodeContext) -> tuple[list[int], str, str]:
    """Return the reduced axes, and gradient and output with these axes of size 1."""
    axes = reduced_axes(context)
    return (
        axes,
        keep_axes(context, context.gradient, axes),
        keep_axes(context, context.output(), axes),
    )


def spread(context: NodeContext, reduced: str) -> str:
    """Repeat a tensor with reduced axes of size 1 to the shape of the input."""
    return context.op("Expand", reduced, context.shape_tensor(context.input(0)))


def divide_by_count(context: NodeContext, gradient: str, axes: list[int]) -> str:
    """Divide by the number of elements in the given axes of the input."""
    sizes = [context.dims(context.input(0))[axis] for axis in axes]
    fixed = [size for size in sizes if size is not None]
    if len(fixed) == len(sizes):
        return context.op("Mul", gradient, context.constant(1.0 / max(int(np.prod(fixed)), 1)))
    count = context.constant(1.0)
    for axis in axes:
        size = context.emit.cast(
            context.size(context.input(0), axis), context.elem_type(context.output())
        )
        count = context.op("Mul", count, size)
    return context.op("Div", gradient, count)


def divide_where_nonzero(context: NodeContext, dividend: str, divisor: str) -> str:
    """Divide, and give 0 where the divisor is 0."""
    zero = context.op("Equal", divisor, context.constant(0.0))
    safe = context.op("Where", zero, context.constant(1.0), divisor)
    quotient = context.op("Div", dividend, safe)
    return context.op("Where", zero, context.constant(0.0), quotient)


@unary_rule("ReduceSum")
def reduce_sum(context: NodeContext) -> str:
    """1 for every element."""
    return spread(context, keep_axes(context, context.gradient, reduced_axes(context)))


@unary_rule("ReduceMean")
def reduce_mean(context: NodeContext) -> str:
    """1 / count for every element."""
    axes = reduced_axes(context)
    gradient = keep_axes(context, context.gradient, axes)
    return spread(context, divide_by_count(context, gradient, axes))


@unary_rule("GlobalAveragePool")
def global_average_pool(context: NodeContext) -> str:
    """1 / count for every element."""
    x = context.input(0)
    share = divide_by_count(context, context.gradient, list(range(2, context.rank(x))))
    if is_image(context, x) and None not in context.dims(x)[2:]:
        return repeat(context, in_blocks(context, share), context.fixed_dims(x, start=2))
    return spread(context, share)


@unary_rule("ReduceSumSquare")
def reduce_sum_square(context: NodeContext) -> str:
    """2 x."""
    _, gradient, _ = kept(context)
    return context.op("Mul", context.input(0), context.op("Mul", gradient, context.constant(2.0)))


@unary_rule("ReduceL1")
def reduce_l1(context: NodeContext) -> str:
    """The sign of x; 0 at 0."""  # noqa: D401
    _, gradient, _ = kept(context)
    return context.op("Mul", context.op("Sign", context.input(0)), gradient)


@unary_rule("ReduceL2")
def reduce_l2(context: NodeContext) -> str:
    """Multiply by x / y; 0 where the norm is 0."""
    _, gradient, norm = kept(context)
    return context.op("Mul", context.input(0), divide_where_nonzero(context, gradient, norm))


@unary_rule("ReduceProd")
def reduce_product(context: NodeContext) -> str:
    """The product of the other elements, which is not y / x where x is 0."""  # noqa: D401
    axes, gradient, _ = kept(context)
    x = context.input(0)
    zero = context.op("Equal", x, context.constant(0.0))
    safe = context.op("Where", zero, context.constant(1.0), x)
    product = context.op("ReduceProd", safe, context.emit.integers(axes), keepdims=1)
    marks = context.cast_mask(zero)
    zeros = context.op("ReduceSum", marks, context.emit.integers(axes), keepdims=1)
    # Zeros among the others; one is enough for a product of 0.
    others = context.op("Equal", context.op("Sub", zeros, marks), context.constant(0.0))
    share = context.op("Where", others, context.op("Div", product, safe), context.constant(0.0))
    return context.op("Mul", share, gradient)


@unary_rule("ReduceLogSum")
def reduce_log_sum(context: NodeContext) -> str:
    """exp(-y)."""
    _, gradient, y = kept(context)
    return spread(context, context.op("Div", gradient, context.op("Exp", y)))


@unary_rule("ReduceLogSumExp")
def reduce_log_sum_exp(context: NodeContext) -> str:
    """exp(x - y)."""
    _, gradient, y = kept(context)
    return context.op("Mul", context.op("Exp", context.op("Sub", context.input(0), y)), gradient)


@unary_rule("ReduceMax", "ReduceMin")
def reduce_extremum(context: NodeContext) -> str:
    """1 for the extreme element; tied elements share equally."""
    axes, gradient, y = kept(context)
    mask = context.cast_mask(context.op("Equal", context.input(0), y))
    count = context.op("ReduceSum", mask, context.emit.integers(axes), keepdims=1)
    return context.op("Mul", mask, context.op("Div", gradient, count))


@unary_rule("GlobalMaxPool")
def global_max_pool(context: NodeContext) -> str:
    """1 for the largest element, the first one of tied ones."""
    x = context.input(0)
    flat = context.op("Reshape", x, context.emit.integers([0, 0, -1]))
    largest = context.op("ArgMax", flat, axis=2, keepdims=1)
    count = context.op("Reshape", context.shape_part(flat, 2, 3), context.emit.integers([]))
    zero, one = (context.emit.constant(value, TensorProto.INT64) for value in (0, 1))
    mask = context.op("Equal", context.op("Range", zero, count, one), largest)
    gradient = context.op("Reshape", context.gradient, context.emit.integers([0, 0, 1]))
    return context.reshape_like(context.op("Mul", context.cast_mask(mask), gradient), x)


@unary_rule("GlobalLpPool")
def global_lp_pool(context: NodeContext) -> str:
    """sign(x) |x / y|^(p - 1); 0 where the norm is 0."""
    return lp_slope(context, context.gradient, context.attribute("p", 2))


def lp_slope(context: NodeContext, gradient: str, p: int) -> str:
    """Return g sign(x) |x|^(p - 1) y^(1 - p) for a gradient and norm that broadcast to x."""
    power = context.constant(float(p - 1))
    factor = divide_where_nonzero(context, gradient, context.op("Pow", context.output(), power))
    return context.op("Mul", signed_power(context, p), factor)


def signed_power(context: NodeContext, p: int) -> str:
    """Return sign(x) |x|^(p - 1)."""
    x = context.input(0)
    size = context.op("Pow", context.op("Abs", x), context.constant(float(p - 1)))
    return context.op("Mul", context.op("Sign", x), size)
