"""Convolution, as another convolution or a transposed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import Gradients, rule
from percept_adv.gradients.rules.windows import Windows, windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.site import Site


def fixed_dims(site: Site, name: str) -> tuple[int, ...]:
    """Return the dimensions of a tensor, all of which have to be fixed."""
    dims = site.dims(name)
    fixed = tuple(size for size in dims if size is not None)
    if len(fixed) < len(dims):
        raise site.unsupported(f"its weights {name!r} have a dynamic shape {dims}")
    return fixed


@rule("Conv")
def conv(site: Site) -> Gradients:
    """Convolve transposed; the gradient of the weights is not built."""
    refuse_differentiable_weights(site)
    shape = fixed_dims(site, site.input(1))
    windows = windows_of(site, shape[2:])
    return {0: transposed_convolution(site, site.gradient, site.input(1), windows)}


def refuse_differentiable_weights(site: Site) -> None:
    """Raise where weights depend on the image."""
    if 1 in site.wanted:
        raise site.unsupported("its weights depend on the image")


def transposed_convolution(site: Site, gradient: str, weights: str, windows: Windows) -> str:
    """Return the adjoint of a convolution, in the form that is fastest on a CPU.

    Stride 1: a convolution with flipped weights. Larger strides: a transposed
    convolution, or for depthwise weights the gradient spread over a grid of zeros and
    then a flipped convolution.
    """
    shape = fixed_dims(site, weights)
    begin = [e - b for e, b in zip(windows.extent, windows.begin, strict=True)]
    end = [e - b for e, b in zip(windows.extent, windows.end, strict=True)]
    if all(stride == 1 for stride in windows.strides) and min([*begin, *end]) >= 0:
        return _flipped(site, gradient, weights, windows, [*begin, *end])
    if shape[1] == 1 and site.attribute("group", 1) == shape[0]:
        spread = _depthwise_strided(site, gradient, weights, windows)
        if spread is not None:
            return spread
    return _with_conv_transpose(site, gradient, weights, windows)


def flipped_weights(site: Site, weights: str) -> str:
    """Return weights with their taps reversed and inputs and outputs swapped in each group.

    The nodes depend on stored weights only, so a runtime folds them when it loads the graph.
    """
    shape = fixed_dims(site, weights)
    group = site.attribute("group", 1)
    kernel = shape[2:]
    spatial = list(range(2, len(shape)))
    swapped = weights
    if group == 1:
        swapped = site.op("Transpose", weights, perm=[1, 0, *spatial])
    elif shape[1] != 1 or shape[0] != group:
        split = site.emit.integers([group, shape[0] // group, shape[1], *kernel])
        swapped = site.op("Reshape", weights, split)
        swapped = site.op("Transpose", swapped, perm=[0, 2, 1, *(axis + 1 for axis in spatial)])
        merged = site.emit.integers([group * shape[1], shape[0] // group, *kernel])
        swapped = site.op("Reshape", swapped, merged)
    axes = [axis for axis, size in zip(spatial, kernel, strict=True) if size > 1]
    if not axes:
        return swapped
    lowest = np.iinfo(np.int64).min
    starts, ends, steps = ([value] * len(axes) for value in (-1, lowest, -1))
    return site.op("Slice", swapped, *map(site.emit.integers, (starts, ends, axes, steps)))


def _flipped(site: Site, gradient: str, weights: str, windows: Windows, pads: list[int]) -> str:
    """Convolve with flipped weights, stride 1."""
    return site.op(
        "Conv",
        gradient,
        flipped_weights(site, weights),
        pads=pads,
        dilations=windows.dilations,
        group=site.attribute("group", 1),
    )


def _depthwise_strided(site: Site, gradient: str, weights: str, windows: Windows) -> str | None:
    """Spread the gradient over a grid of zeros, then convolve; None where that does not fit."""
    sizes = [size for size in site.dims(site.input(0))[2:] if size is not None]
    outputs = [size for size in site.dims(site.output())[2:] if size is not None]
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
    spread = spread_with_zeros(site, gradient, windows.strides, outputs)
    return _flipped(site, spread, weights, windows, [*begin, *end])


def spread_with_zeros(
    site: Site, gradient: str, strides: Sequence[int], outputs: Sequence[int]
) -> str:
    """Put each element at the start of a block of zeros of the strides' size."""
    scales = site.emit.constant([1.0, 1.0, *map(float, strides)], TensorProto.FLOAT)
    repeated = site.op(
        "Resize",
        gradient,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    first = np.zeros(strides, np.float32)
    first.flat[0] = 1
    mask = np.tile(first, outputs)[None, None]
    return site.op("Mul", repeated, site.constant(mask))


def _with_conv_transpose(site: Site, gradient: str, weights: str, windows: Windows) -> str:
    """Transposed convolution without padding, then the padding cut off and the rest filled up.

    Padding that is the same on both sides is left to the operator; other padding is not
    supported by every provider.
    """
    sizes = site.dims(site.input(0))[2:]
    outputs = site.dims(site.output())[2:]
    attributes = {
        "strides": windows.strides,
        "dilations": windows.dilations,
        "group": site.attribute("group", 1),
        "kernel_shape": windows.kernel,
    }
    rest = [
        None
        if size is None or output is None
        else size + b + e - (output - 1) * stride - extent - 1
        for size, output, b, e, stride, extent in zip(
            sizes, outputs, windows.begin, windows.end, windows.strides, windows.extent, strict=True
        )
    ]
    symmetric = windows.begin == windows.end
    fixed = [value for value in rest if value is not None]
    fits = len(fixed) == len(rest) and all(
        0 <= r < max(s, d)
        for r, s, d in zip(fixed, windows.strides, windows.dilations, strict=True)
    )
    if symmetric and fits:
        return site.op(
            "ConvTranspose",
            gradient,
            weights,
            pads=windows.pads,
            output_padding=fixed,
            **attributes,
        )
    full = site.op("ConvTranspose", gradient, weights, **attributes)
    return fit_to_input(site, full, windows.begin)


def fit_to_input(site: Site, full: str, begin: tuple[int, ...]) -> str:
    """Cut ``begin`` elements off in front, then cut or fill with zeros to the input's size."""
    axes = site.emit.integers(range(2, 2 + len(begin)))
    size = site.op(
        "Slice",
        site.shape_tensor(site.input(0)),
        *map(site.emit.integers, ([2], [2 + len(begin)], [0])),
    )
    present = site.op("Shape", full, start=2)
    start = site.emit.integers(begin)
    missing = site.op("Sub", site.op("Add", size, start), present)
    missing = site.op("Max", missing, site.emit.integers([0]))
    amounts = site.op("Concat", site.emit.integers([0] * len(begin)), missing, axis=0)
    filled = site.op("Pad", full, amounts, "", axes)
    return site.op("Slice", filled, start, site.op("Add", start, size), axes)
