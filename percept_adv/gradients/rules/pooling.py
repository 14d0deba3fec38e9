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

    from percept_adv.gradients.node_context import NodeContext

_WINDOW_ATTRIBUTES = (
    "auto_pad",
    "ceil_mode",
    "count_include_pad",
    "dilations",
    "kernel_shape",
    "pads",
    "strides",
)


def window_attributes(context: NodeContext, *left_out: str) -> dict[str, Any]:
    """Return the attributes of a pooling node that say where its windows are."""
    return {
        name: context.attribute(name)
        for name in _WINDOW_ATTRIBUTES
        if context.attribute(name) is not None and name not in left_out
    }


@unary_rule("MaxPool", carries_integers=True)
def max_pool(context: NodeContext) -> str:
    """1 for the largest element of each window, the first one of tied ones."""
    x = context.real(context.input(0))
    windows = windows_of(context, tuple(context.attribute("kernel_shape")))
    if _has_fixed_windows(context, windows):
        return by_comparisons(context, x, windows)
    # A pooling of its own, because the forward one is much faster without indices.
    _, indices = context.emit.ops("MaxPool", x, outputs=2, **window_attributes(context))
    return scatter_flat(context, indices, context.gradient)


def _has_fixed_windows(context: NodeContext, windows: Windows) -> bool:
    """Whether the number of windows is known, and each begins on the tensor or before it.

    Rounding up may count one more, which a runtime leaves out, but not onnx's inference.
    """
    sizes, outputs = context.dims(context.input(0))[2:], context.dims(context.output())[2:]
    return all(
        size is not None and count is not None and (count - 1) * stride - begin < size
        for size, count, stride, begin in zip(
            sizes, outputs, windows.strides, windows.begin, strict=True
        )
    )


@unary_rule("AveragePool")
def average_pool(context: NodeContext) -> str:
    """1 / count for every element of each window; padding counts if the node says so."""
    windows = windows_of(context, tuple(context.attribute("kernel_shape")))
    padded = any(windows.pads) or windows.computed_begin
    plain = not context.attribute("ceil_mode", 0) and (
        not padded or context.attribute("count_include_pad", 0)
    )
    if plain:
        return spread_means(context, context.gradient, windows)
    return spread_sums(
        context, context.op("Mul", context.gradient, _weights(context, windows)), windows
    )


def _weights(context: NodeContext, windows: Windows) -> str:
    """Return 1 / count for each window, by what the operator itself does to ones."""
    sizes, outputs = context.dims(context.input(0))[2:], context.dims(context.output())[2:]
    fixed = [size for size in sizes if size is not None]
    counts = [count for count in outputs if count is not None]
    if len(fixed) == len(sizes) == len(counts):
        ones = context.constant(np.ones((1, 1, *fixed)))
        seen = context.constant(_seen(windows, fixed, counts))
    elif len(fixed) == len(sizes):
        raise context.unsupported(
            "onnx and onnxruntime count its windows differently at this size: export it with "
            "padding in place of ceil_mode"
        )
    else:
        ones = _dynamic_ones(context, len(sizes))
        if windows.computed_begin:
            share = context.op(
                "AveragePool", ones, **{**window_attributes(context), "count_include_pad": 1}
            )
            seen = context.op("Mul", share, context.constant(float(np.prod(windows.kernel))))
        else:
            seen = _computed_seen(context, ones, windows)
    return context.op("Div", context.op("AveragePool", ones, **window_attributes(context)), seen)


def _computed_seen(context: NodeContext, ones: str, windows: Windows) -> str:
    """Count the elements in each window when the graph runs, by a convolution of ones.

    It cannot round the number of windows up: it gets more padding than any size needs, and its
    windows beyond the pooling's are cut off.
    """
    rank = len(windows.kernel)
    more = [
        pad + stride + extent
        for pad, stride, extent in zip(windows.end, windows.strides, windows.extent, strict=True)
    ]
    amounts = [0, 0, *windows.begin, 0, 0, *more]
    counted = context.op(
        "Conv",
        context.op("Pad", ones, context.emit.integers(amounts)),
        context.constant(np.ones((1, 1, *windows.kernel))),
        strides=windows.strides,
        dilations=windows.dilations,
    )
    first = context.emit.integers([0] * rank)
    count = context.shape_part(context.output(), 2, 2 + rank)
    seen = context.op("Slice", counted, first, count, context.emit.integers(range(2, 2 + rank)))
    return context.op("Max", seen, context.constant(1.0))


def _dynamic_ones(context: NodeContext, rank: int) -> str:
    """Return ones of the size of one channel of one image."""
    size = context.shape_part(context.input(0), 2, 2 + rank)
    shape = context.op("Concat", context.emit.integers([1, 1]), size, axis=0)
    return context.op("Expand", context.constant(1.0), shape)


def _seen(windows: Windows, sizes: list[int], outputs: list[int]) -> NDArray[Any]:
    """Count the elements of the input in each window, shape (1, 1, *outputs)."""
    total = np.ones((1, 1))
    for axis, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        start = np.arange(output)[:, None] * windows.strides[axis] - windows.begin[axis]
        taps = start + np.arange(windows.kernel[axis]) * windows.dilations[axis]
        count = ((taps >= 0) & (taps < size)).sum(axis=1)
        total = total[..., None] * np.maximum(count, 1)
    return total


@unary_rule("LpPool")
def lp_pool(context: NodeContext) -> str:
    """sign(x) |x|^(p - 1) times the windows' g y^(1 - p); 0 where the norm is 0."""
    p = context.attribute("p", 2)
    windows = windows_of(context, tuple(context.attribute("kernel_shape")))
    power = context.op("Pow", context.output(), context.constant(float(p - 1)))
    share = divide_where_nonzero(context, context.gradient, power)
    return context.op("Mul", signed_power(context, p), spread_sums(context, share, windows))
