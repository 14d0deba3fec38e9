"""Reductions over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


def reduced_axes(site: Site) -> list[int]:
    """Return the axes that a Reduce operator sums over, counted from the front."""
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
    axes = list(range(2, site.rank(site.input(0))))
    return spread(site, divide_by_count(site, site.gradient, axes))
