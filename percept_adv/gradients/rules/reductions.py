"""Reductions over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.adjoint import in_blocks, repeat
from percept_adv.gradients.rules.masks import is_image

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


def reduced_axes(site: Site) -> list[int]:
    """Return the axes that a Reduce operator works on, counted from the front."""
    rank = site.rank(site.input(0))
    name = site.input(1)
    axes = site.required_value(name) if name else np.zeros(0, np.int64)
    if axes.size:
        return site.axes(axes, rank)
    return [] if site.attribute("noop_with_empty_axes", 0) else list(range(rank))


def keep_axes(site: Site, name: str, axes: list[int]) -> str:
    """Give a reduced tensor its reduced axes back, with size 1."""
    if site.attribute("keepdims", 1) or not axes:
        return name
    return site.op("Unsqueeze", name, site.emit.integers(axes))


def kept(site: Site) -> tuple[list[int], str, str]:
    """Return the reduced axes, and gradient and output with these axes of size 1."""
    axes = reduced_axes(site)
    return axes, keep_axes(site, site.gradient, axes), keep_axes(site, site.output(), axes)


def spread(site: Site, reduced: str) -> str:
    """Repeat a tensor with reduced axes of size 1 to the shape of the input."""
    return site.op("Expand", reduced, site.shape_tensor(site.input(0)))


def divide_by_count(site: Site, gradient: str, axes: list[int]) -> str:
    """Divide by the number of elements in the given axes of the input."""
    sizes = [site.dims(site.input(0))[axis] for axis in axes]
    fixed = [size for size in sizes if size is not None]
    if len(fixed) == len(sizes):
        return site.op("Mul", gradient, site.constant(1.0 / max(int(np.prod(fixed)), 1)))
    count = site.constant(1.0)
    for axis in axes:
        size = site.emit.cast(site.size(site.input(0), axis), site.elem_type(site.output()))
        count = site.op("Mul", count, size)
    return site.op("Div", gradient, count)


def divide_where_nonzero(site: Site, dividend: str, divisor: str) -> str:
    """Divide, and give 0 where the divisor is 0."""
    zero = site.op("Equal", divisor, site.constant(0.0))
    safe = site.op("Where", zero, site.constant(1.0), divisor)
    quotient = site.op("Div", dividend, safe)
    return site.op("Where", zero, site.constant(0.0), quotient)


@unary_rule("ReduceSum")
def reduce_sum(site: Site) -> str:
    """1 for every element."""
    return spread(site, keep_axes(site, site.gradient, reduced_axes(site)))


@unary_rule("ReduceMean")
def reduce_mean(site: Site) -> str:
    """1 / count for every element."""
    axes = reduced_axes(site)
    gradient = keep_axes(site, site.gradient, axes)
    return spread(site, divide_by_count(site, gradient, axes))


@unary_rule("GlobalAveragePool")
def global_average_pool(site: Site) -> str:
    """1 / count for every element."""
    x = site.input(0)
    share = divide_by_count(site, site.gradient, list(range(2, site.rank(x))))
    if is_image(site, x) and None not in site.dims(x)[2:]:
        return repeat(site, in_blocks(site, share), site.fixed_dims(x, start=2))
    return spread(site, share)


@unary_rule("ReduceSumSquare")
def reduce_sum_square(site: Site) -> str:
    """2 x."""
    _, gradient, _ = kept(site)
    return site.op("Mul", site.input(0), site.op("Mul", gradient, site.constant(2.0)))


@unary_rule("ReduceL1")
def reduce_l1(site: Site) -> str:
    """The sign of x; 0 at 0."""  # noqa: D401
    _, gradient, _ = kept(site)
    return site.op("Mul", site.op("Sign", site.input(0)), gradient)


@unary_rule("ReduceL2")
def reduce_l2(site: Site) -> str:
    """X / y; 0 where the norm is 0."""
    _, gradient, norm = kept(site)
    return site.op("Mul", site.input(0), divide_where_nonzero(site, gradient, norm))


@unary_rule("ReduceProd")
def reduce_product(site: Site) -> str:
    """The product of the other elements, which is not y / x where x is 0."""  # noqa: D401
    axes, gradient, _ = kept(site)
    x = site.input(0)
    zero = site.op("Equal", x, site.constant(0.0))
    safe = site.op("Where", zero, site.constant(1.0), x)
    product = site.op("ReduceProd", safe, site.emit.integers(axes), keepdims=1)
    marks = site.cast_mask(zero)
    zeros = site.op("ReduceSum", marks, site.emit.integers(axes), keepdims=1)
    # Zeros among the others; one is enough for a product of 0.
    others = site.op("Equal", site.op("Sub", zeros, marks), site.constant(0.0))
    share = site.op("Where", others, site.op("Div", product, safe), site.constant(0.0))
    return site.op("Mul", share, gradient)


@unary_rule("ReduceLogSum")
def reduce_log_sum(site: Site) -> str:
    """exp(-y)."""
    _, gradient, y = kept(site)
    return spread(site, site.op("Div", gradient, site.op("Exp", y)))


@unary_rule("ReduceLogSumExp")
def reduce_log_sum_exp(site: Site) -> str:
    """exp(x - y)."""
    _, gradient, y = kept(site)
    return site.op("Mul", site.op("Exp", site.op("Sub", site.input(0), y)), gradient)


@unary_rule("ReduceMax", "ReduceMin")
def reduce_extremum(site: Site) -> str:
    """1 for the extreme element; tied elements share equally."""
    axes, gradient, y = kept(site)
    mask = site.cast_mask(site.op("Equal", site.input(0), y))
    count = site.op("ReduceSum", mask, site.emit.integers(axes), keepdims=1)
    return site.op("Mul", mask, site.op("Div", gradient, count))


@unary_rule("GlobalMaxPool")
def global_max_pool(site: Site) -> str:
    """1 for the largest element, the first one of tied ones."""
    x = site.input(0)
    flat = site.op("Reshape", x, site.emit.integers([0, 0, -1]))
    largest = site.op("ArgMax", flat, axis=2, keepdims=1)
    count = site.op("Reshape", site.shape_part(flat, 2, 3), site.emit.integers([]))
    zero, one = (site.emit.constant(value, TensorProto.INT64) for value in (0, 1))
    mask = site.op("Equal", site.op("Range", zero, count, one), largest)
    gradient = site.op("Reshape", site.gradient, site.emit.integers([0, 0, 1]))
    return site.reshape_like(site.op("Mul", site.cast_mask(mask), gradient), x)


@unary_rule("GlobalLpPool")
def global_lp_pool(site: Site) -> str:
    """sign(x) |x / y|^(p - 1); 0 where the norm is 0."""
    return lp_slope(site, site.gradient, site.attribute("p", 2))


def lp_slope(site: Site, gradient: str, p: int) -> str:
    """Return g sign(x) |x|^(p - 1) y^(1 - p) for a gradient and norm that broadcast to x."""
    power = site.constant(float(p - 1))
    factor = divide_where_nonzero(site, gradient, site.op("Pow", site.output(), power))
    return site.op("Mul", signed_power(site, p), factor)


def signed_power(site: Site, p: int) -> str:
    """Return sign(x) |x|^(p - 1)."""
    x = site.input(0)
    size = site.op("Pow", site.op("Abs", x), site.constant(float(p - 1)))
    return site.op("Mul", site.op("Sign", x), size)
