"""The adjoint of a strided convolution, one phase of the pixels after the other.

The pixels of one phase, a stride apart, are a convolution of stride 1 of the gradient with
the taps that lie a stride apart. All phases together take as many products as a transposed
convolution, but a runtime makes them in its layout for convolutions and in all its threads.
They are put in turn with channels last, where a pixel is a row of memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.rules.filling import pad_zeros
from percept_adv.gradients.rules.masks import fits_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.node_context import NodeContext
    from percept_adv.gradients.rules.adjoint import Kernel

_LARGEST_STRIDE = 2
"""Beyond it the phases are many and small."""

_MOST_PIXELS = 1.2
"""Pixels of a phase for each of the gradient: small images of odd sizes have many more."""

_MOST_WEIGHTS = 1 << 20
"""A runtime folds the taps of each phase into new weights, which fragments its memory."""


@dataclass(frozen=True)
class _Phase:
    """One phase along one axis.

    Attributes
    ----------
    last : int
        The last tap that reaches its pixels; the others lie whole strides before it.
    begin, end : int
        Padding of the gradient.
    """

    last: int
    begin: int
    end: int


def by_phases(context: NodeContext, gradient: str, kernel: Kernel) -> str | None:
    """Return the adjoint of a convolution without groups; None where another form is better."""
    windows = kernel.windows
    sizes = [size for size in context.dims(context.input(0))[2:] if size is not None]
    counts = [count for count in context.dims(context.output())[2:] if count is not None]
    if len(sizes) < 2 or len(counts) < 2 or not _is_faster(context, kernel):
        return None
    if windows.kernel == (1, 1) and not any(windows.pads):
        return _single_pixels(context, gradient, kernel, sizes, counts)
    steps = [-(-size // stride) for size, stride in zip(sizes, windows.strides, strict=True)]
    rows, columns = (_phases(kernel, axis, steps[axis], counts[axis]) for axis in range(2))
    if not rows or not columns or math.prod(steps) > _MOST_PIXELS * math.prod(counts):
        return None
    lines = [[_convolved(context, gradient, kernel, y, x) for x in columns] for y in rows]
    return _in_turn(context, lines, steps, sizes)


def _is_faster(context: NodeContext, kernel: Kernel) -> bool:
    """Whether phases are few, in the blocked layout, and of weights that are not many."""
    windows = kernel.windows
    ends = context.input(0), context.output()
    return (
        all(fits_blocks(context, name) for name in ends)
        and kernel.group == 1
        and not windows.computed_begin
        and max(windows.dilations) == 1
        and max(windows.strides) <= _LARGEST_STRIDE
        and math.prod(kernel.shape) <= _MOST_WEIGHTS
    )


def _phases(kernel: Kernel, axis: int, steps: int, count: int) -> list[_Phase]:
    """Return the phases along an axis; none where no tap reaches one, or its padding cuts."""
    windows = kernel.windows
    stride, taps = windows.strides[axis], windows.kernel[axis]
    phases = []
    for offset in range(stride):
        shift, first = divmod(offset + windows.begin[axis], stride)
        before = (taps - 1 - first) // stride
        phase = _Phase(first + before * stride, before - shift, steps - count + shift)
        if before < 0 or phase.begin < 0 or phase.end < 0:
            return []
        phases.append(phase)
    return phases


def _swapped(context: NodeContext, weights: str) -> str:
    """Return weights with inputs and outputs swapped."""
    return context.op("Transpose", weights, perm=[1, 0, 2, 3])


def _convolved(context: NodeContext, gradient: str, kernel: Kernel, y: _Phase, x: _Phase) -> str:
    """Return the pixels of one phase along each axis."""
    lowest = int(np.iinfo(np.int64).min)
    steps = [-stride for stride in kernel.windows.strides]
    bounds = map(context.emit.integers, ([y.last, x.last], [lowest] * 2, [2, 3], steps))
    taps = context.op("Slice", kernel.name, *bounds)
    pads = [y.begin, x.begin, y.end, x.end]
    return context.op("Conv", gradient, _swapped(context, taps), pads=pads)


def _single_pixels(
    context: NodeContext,
    gradient: str,
    kernel: Kernel,
    sizes: Sequence[int],
    counts: Sequence[int],
) -> str:
    """Return the adjoint of products of single pixels: zeros at all others."""
    (height, width), (down, right) = counts, kernel.windows.strides
    channels = kernel.shape[1]
    pixels = context.op("Conv", gradient, _swapped(context, kernel.name))
    apart = _reshape(context, _channels_last(context, pixels), height, 1, width, channels)
    filled = pad_zeros(context, apart, 5, [(2, 0, down - 1), (4, 0, (right - 1) * channels)])
    whole = _reshape(context, filled, height * down, width * right, channels)
    rest = [(1, 0, sizes[0] - height * down), (2, 0, sizes[1] - width * right)]
    fitting = pad_zeros(context, whole, 4, rest)
    return context.op("Transpose", fitting, perm=[0, 3, 1, 2])


def _in_turn(
    context: NodeContext, lines: list[list[str]], steps: Sequence[int], sizes: Sequence[int]
) -> str:
    """Put the pixels of all phases in turn, and cut off what is too much."""
    rows, columns = len(lines), len(lines[0])
    (height, width), channels = steps, context.fixed_dims(context.input(0), start=1)[0]
    joined = []
    for line in lines:
        side_by_side = context.op("Concat", *line, axis=1) if columns > 1 else line[0]
        last = _channels_last(context, side_by_side)
        joined.append(_reshape(context, last, height, 1, columns * width * channels))
    whole = context.op("Concat", *joined, axis=2) if rows > 1 else joined[0]
    whole = _reshape(context, whole, rows * height, columns * width, channels)
    if [rows * height, columns * width] != list(sizes):
        whole = context.op("Slice", whole, *map(context.emit.integers, ([0, 0], sizes, [1, 2])))
    return context.op("Transpose", whole, perm=[0, 3, 1, 2])


def _channels_last(context: NodeContext, name: str) -> str:
    return context.op("Transpose", name, perm=[0, 2, 3, 1])


def _reshape(context: NodeContext, name: str, *sizes: int) -> str:
    """Give each image of a batch a shape."""
    return context.op("Reshape", name, context.emit.integers([0, *sizes]))
