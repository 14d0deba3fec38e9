"""The adjoint of sliding windows: a gradient spread back over what each window saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.rules.filling import pad_zeros
from percept_adv.gradients.rules.masks import fits_blocks, is_image
from percept_adv.gradients.rules.phases import by_phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.node_context import NodeContext
    from percept_adv.gradients.rules.windows import Windows


@dataclass(frozen=True)
class Kernel:
    """Weights of a convolution.

    Attributes
    ----------
    name : str
        The tensor, in the gradient's type.
    shape : tuple of int
        Output channels, input channels of each group, and the kernel's size.
    group : int
    windows : Windows
    """

    name: str
    shape: tuple[int, ...]
    group: int
    windows: Windows

    @property
    def is_depthwise(self) -> bool:
        """Whether each channel has a kernel of its own."""
        return self.shape[1] == 1 and self.group == self.shape[0]


def transposed_convolution(context: NodeContext, gradient: str, kernel: Kernel) -> str:
    """Return the adjoint of a convolution, in the form that is fastest on a CPU.

    Stride 1: a convolution with flipped weights. Larger strides: a convolution for each
    phase of the pixels, for depthwise weights the gradient spread over a grid of zeros and
    then a flipped convolution, else a transposed convolution.
    """
    windows = kernel.windows
    if all(stride == 1 for stride in windows.strides) and windows.full_pads is not None:
        return _flipped(context, gradient, kernel, windows.full_pads)
    if kernel.is_depthwise and not windows.computed_begin:
        spread = _depthwise_strided(context, gradient, kernel)
        if spread is not None:
            return spread
    in_phases = by_phases(context, gradient, kernel)
    return in_blocks(context, in_phases or _with_conv_transpose(context, gradient, kernel))


def in_blocks(context: NodeContext, gradient: str) -> str:
    """Pool a gradient of the input over single pixels: from there on the layout is blocked.

    Otherwise all the sums of gradients that follow, and what they are multiplied by, would
    be brought out of that layout. It is for channels in blocks of 16.
    """
    if not fits_blocks(context, context.input(0)):
        return gradient
    return context.op("MaxPool", gradient, kernel_shape=[1, 1])


def flipped_weights(context: NodeContext, kernel: Kernel) -> str:
    """Return weights with their taps reversed and inputs and outputs swapped in each group.

    The nodes depend on stored weights only, so a runtime folds them when it loads the graph.
    """
    outputs, inputs, *size = kernel.shape
    spatial = list(range(2, len(kernel.shape)))
    swapped = kernel.name
    if kernel.group == 1:
        swapped = context.op("Transpose", swapped, perm=[1, 0, *spatial])
    elif not kernel.is_depthwise:
        each = outputs // kernel.group
        swapped = context.op(
            "Reshape", swapped, context.emit.integers([kernel.group, each, inputs, *size])
        )
        swapped = context.op("Transpose", swapped, perm=[0, 2, 1, *(axis + 1 for axis in spatial)])
        merged = context.emit.integers([kernel.group * inputs, each, *size])
        swapped = context.op("Reshape", swapped, merged)
    axes = [axis for axis, taps in zip(spatial, size, strict=True) if taps > 1]
    if not axes:
        return swapped
    lowest = int(np.iinfo(np.int64).min)
    starts, ends, steps = ([value] * len(axes) for value in (-1, lowest, -1))
    return context.op("Slice", swapped, *map(context.emit.integers, (starts, ends, axes, steps)))


def _flipped(context: NodeContext, gradient: str, kernel: Kernel, pads: Sequence[int]) -> str:
    """Convolve with flipped weights, stride 1."""
    return context.op(
        "Conv",
        gradient,
        flipped_weights(context, kernel),
        pads=pads,
        dilations=kernel.windows.dilations,
        group=kernel.group,
    )


def _depthwise_strided(context: NodeContext, gradient: str, kernel: Kernel) -> str | None:
    """Spread the gradient over a grid of zeros, then convolve; None where that does not fit."""
    windows = kernel.windows
    sizes = [size for size in context.dims(context.input(0))[2:] if size is not None]
    outputs = [size for size in context.dims(context.output())[2:] if size is not None]
    if len(windows.kernel) != 2 or len(sizes) != 2 or len(outputs) != 2:
        return None
    begin = [e - b for e, b in zip(windows.extent, windows.begin, strict=True)]
    end = [
        size + extent - output * stride - first
        for size, extent, output, stride, first in zip(
            sizes, windows.extent, outputs, windows.strides, begin, strict=True
        )
    ]
    if min([*begin, *end]) < 0:
        return None
    spread = spread_with_zeros(context, gradient, windows.strides, outputs)
    return _flipped(context, spread, kernel, [*begin, *end])


def repeat(context: NodeContext, gradient: str, factors: Sequence[int]) -> str:
    """Repeat each element over a block of the given size."""
    scales = context.emit.constant([1.0, 1.0, *map(float, factors)], TensorProto.FLOAT)
    return context.op(
        "Resize",
        gradient,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def spread_with_zeros(
    context: NodeContext, gradient: str, strides: Sequence[int], outputs: Sequence[int]
) -> str:
    """Put each element at the start of a block of zeros of the strides' size."""
    first = np.zeros(tuple(strides), np.float32)
    first.flat[0] = 1
    mask = np.tile(first, outputs)[None, None]
    # The product is not made in onnxruntime's blocked layout, and a Reshape, even to the
    # same shape, makes it leave that while the image is small.
    plain = context.op("Reshape", gradient, context.emit.integers([0, 0, *outputs]))
    return context.op("Mul", repeat(context, plain, strides), context.constant(mask))


def _with_conv_transpose(context: NodeContext, gradient: str, kernel: Kernel) -> str:
    """Convolve transposed, with the padding left to the operator where it is symmetric.

    Other padding is not supported by every provider: it is cut off afterwards, and what
    no window reached is filled with zeros.
    """
    windows, emit = kernel.windows, context.emit
    attributes = {
        "strides": windows.strides,
        "dilations": windows.dilations,
        "group": kernel.group,
        "kernel_shape": windows.kernel,
    }
    rest = None if windows.computed_begin else _unreached(context, windows)
    if windows.begin == windows.end and rest is not None:
        return context.op(
            "ConvTranspose",
            gradient,
            kernel.name,
            pads=windows.pads,
            output_padding=rest,
            **attributes,
        )
    full = context.op("ConvTranspose", gradient, kernel.name, **attributes)
    return fit_to_input(
        context, full, len(windows.kernel), windows.computed_begin or emit.integers(windows.begin)
    )


def _unreached(context: NodeContext, windows: Windows) -> list[int] | None:
    """Return how many elements at the end no window reached; None if unknown or too many."""
    sizes, outputs = context.dims(context.input(0))[2:], context.dims(context.output())[2:]
    rest = []
    for axis, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        if size is None or output is None:
            return None
        padded = size + windows.begin[axis] + windows.end[axis]
        stride, dilation = windows.strides[axis], windows.dilations[axis]
        value = padded - (output - 1) * stride - windows.extent[axis] - 1
        if not 0 <= value < max(stride, dilation):
            return None
        rest.append(value)
    return rest


def fit_to_input(context: NodeContext, full: str, rank: int, start: str) -> str:
    """Cut ``start`` elements off in front, then cut or fill with zeros to the input's size.

    Of ``rank`` axes behind the channels.
    """
    axes = context.emit.integers(range(2, 2 + rank))
    bounds = [context.emit.integers(values) for values in ([2], [2 + rank], [0])]
    size = context.op("Slice", context.shape_tensor(context.input(0)), *bounds)
    present = context.op("Slice", context.op("Shape", full), *bounds)
    missing = context.op("Sub", context.op("Add", size, start), present)
    missing = context.op("Max", missing, context.emit.integers([0]))
    amounts = context.op("Concat", context.emit.integers([0] * (4 + rank)), missing, axis=0)
    filled = context.op("Pad", full, amounts)
    return context.op("Slice", filled, start, context.op("Add", start, size), axes)


def spread_means(context: NodeContext, gradient: str, windows: Windows) -> str:
    """Return the adjoint of the mean over each window, padding counted, for each channel alone."""
    if _fits_average(context, gradient, windows):
        return _averages(context, gradient, windows)
    weight = np.full(_channelwise_shape(context), 1.0 / float(np.prod(windows.kernel)))
    return spread_sums(context, context.op("Mul", gradient, context.constant(weight)), windows)


def _channelwise_shape(context: NodeContext) -> tuple[int, ...]:
    """Return the shape for a number of each channel, known to keep the layout, or for one."""
    channels = context.dims(context.input(0))[1]
    if not is_image(context, context.input(0)) or channels is None:
        return ()
    return (1, channels, 1, 1)


def spread_sums(context: NodeContext, gradient: str, windows: Windows) -> str:
    """Return the adjoint of the sum over each window, for each channel alone."""
    if _fits_average(context, gradient, windows):
        mean = _averages(context, gradient, windows)
        return context.op("Mul", mean, context.constant(float(np.prod(windows.kernel))))
    sizes = context.dims(context.input(0))[2:]
    outputs = context.dims(context.output())[2:]
    if windows.is_tiling and all(
        size is not None and output is not None and output * stride <= size
        for size, output, stride in zip(sizes, outputs, windows.strides, strict=True)
    ):
        return _spread_tiles(context, gradient, windows)
    channels = context.dims(context.input(0))[1]
    if channels is None:
        raise context.unsupported("its number of channels is dynamic")
    shape = (channels, 1, *windows.kernel)
    ones = context.constant(np.ones(shape))
    return _with_conv_transpose(context, gradient, Kernel(ones, shape, channels, windows))


def _averages(context: NodeContext, gradient: str, windows: Windows) -> str:
    """Return the means over the windows of the adjoint, padding counted."""
    return context.op(
        "AveragePool",
        gradient,
        kernel_shape=windows.kernel,
        pads=windows.full_pads,
        count_include_pad=1,
    )


def _fits_average(context: NodeContext, gradient: str, windows: Windows) -> bool:
    """Whether AveragePool can do the adjoint: its padding is limited to less than the kernel.

    onnxruntime's optimiser (1.31) forgets that limit when it joins a Pad with the pooling that
    reads it.
    """
    if any(stride > 1 for stride in windows.strides) or context.emit.is_from(gradient, "Pad"):
        return False
    return windows.full_pads is not None and all(d == 1 for d in windows.dilations)


def _spread_tiles(context: NodeContext, gradient: str, windows: Windows) -> str:
    """Repeat each element over its own tile and fill the rest with zeros."""
    repeated = repeat(context, gradient, windows.kernel)
    sizes, outputs = context.dims(context.input(0))[2:], context.dims(context.output())[2:]
    rest = [
        (size or 0) - (output or 0) * stride
        for size, output, stride in zip(sizes, outputs, windows.strides, strict=True)
    ]
    return pad_zeros(
        context, repeated, 2 + len(rest), [(2 + axis, 0, more) for axis, more in enumerate(rest)]
    )
