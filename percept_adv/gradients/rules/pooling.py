"""Pooling over sliding windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.adjoint import spread_means, spread_sums
from percept_adv.gradients.rules.max_pooling import by_comparisons
from percept_adv.gradients.rules.moving import scatter_flat
from percept_adv.gradients.rules.reductions import divide_where_nonzero, signed_power
from percept_adv.gradients.rules.windows import Windows, windows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.gradients.node_context import Site

_WINDOW_ATTRIBUTES = (
    "auto_pad",
    "ceil_mode",
    "count_include_pad",
    "dilations",
    "kernel_shape",
    "pads",
    "strides",
)


def window_attributes(site: Site, *left_out: str) -> dict[str, Any]:
    """Return the attributes of a pooling node that say where its windows are."""
    return {
        name: site.attribute(name)
        for name in _WINDOW_ATTRIBUTES
        if site.attribute(name) is not None and name not in left_out
    }


@unary_rule("MaxPool")
def max_pool(site: Site) -> str:
    """1 for the largest element of each window, the first one of tied ones."""
    x = site.real(site.input(0))
    windows = windows_of(site, tuple(site.attribute("kernel_shape")))
    if _has_fixed_windows(site, windows):
        return by_comparisons(site, x, windows)
    # A pooling of its own, because the forward one is much faster without indices.
    _, indices = site.emit.ops("MaxPool", x, outputs=2, **window_attributes(site))
    return scatter_flat(site, indices, site.gradient)


def _has_fixed_windows(site: Site, windows: Windows) -> bool:
    """Whether the number of windows is known, and each begins on the tensor or before it.

    Rounding up may count one more, which a runtime leaves out, but not onnx's inference.
    """
    sizes, outputs = site.dims(site.input(0))[2:], site.dims(site.output())[2:]
    return all(
        size is not None and count is not None and (count - 1) * stride - begin < size
        for size, count, stride, begin in zip(
            sizes, outputs, windows.strides, windows.begin, strict=True
        )
    )


@unary_rule("AveragePool")
def average_pool(site: Site) -> str:
    """1 / count for every element of each window; padding counts if the node says so."""
    windows = windows_of(site, tuple(site.attribute("kernel_shape")))
    plain = not site.attribute("ceil_mode", 0) and (
        not any(windows.pads) or site.attribute("count_include_pad", 0)
    )
    if plain:
        return spread_means(site, site.gradient, windows)
    return spread_sums(site, site.op("Mul", site.gradient, _weights(site, windows)), windows)


def _weights(site: Site, windows: Windows) -> str:
    """Return 1 / count for each window, by what the operator itself does to ones."""
    sizes = site.dims(site.input(0))[2:]
    fixed = [size for size in sizes if size is not None]
    if len(fixed) == len(sizes):
        ones = site.constant(np.ones((1, 1, *fixed)))
        seen = site.constant(_seen(windows, fixed, site.fixed_dims(site.output(), start=2)))
    elif site.attribute("ceil_mode", 0):
        raise site.unsupported("ceil_mode needs a fixed image size")
    else:
        ones = _dynamic_ones(site, len(sizes))
        share = site.op("AveragePool", ones, **{**window_attributes(site), "count_include_pad": 1})
        seen = site.op("Mul", share, site.constant(float(np.prod(windows.kernel))))
    return site.op("Div", site.op("AveragePool", ones, **window_attributes(site)), seen)


def _dynamic_ones(site: Site, rank: int) -> str:
    """Return ones of the size of one channel of one image."""
    size = site.shape_part(site.input(0), 2, 2 + rank)
    shape = site.op("Concat", site.emit.integers([1, 1]), size, axis=0)
    return site.op("Expand", site.constant(1.0), shape)


def _seen(windows: Windows, sizes: list[int], outputs: tuple[int, ...]) -> NDArray[Any]:
    """Count the elements of the input in each window, shape (1, 1, *outputs)."""
    total = np.ones((1, 1))
    for axis, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        start = np.arange(output)[:, None] * windows.strides[axis] - windows.begin[axis]
        taps = start + np.arange(windows.kernel[axis]) * windows.dilations[axis]
        count = ((taps >= 0) & (taps < size)).sum(axis=1)
        total = total[..., None] * np.maximum(count, 1)
    return total


@unary_rule("LpPool")
def lp_pool(site: Site) -> str:
    """sign(x) |x|^(p - 1) times the windows' g y^(1 - p); 0 where the norm is 0."""
    p = site.attribute("p", 2)
    windows = windows_of(site, tuple(site.attribute("kernel_shape")))
    power = site.op("Pow", site.output(), site.constant(float(p - 1)))
    share = divide_where_nonzero(site, site.gradient, power)
    return site.op("Mul", signed_power(site, p), spread_sums(site, share, windows))
