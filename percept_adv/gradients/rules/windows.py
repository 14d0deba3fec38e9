"""Geometry of sliding windows: kernel, strides, dilations and padding for each axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.errors import UnsupportedOperatorError
    from percept_adv.gradients.node_context import NodeContext


@dataclass(frozen=True)
class Windows:
    """Sliding windows over the spatial axes, one entry for each.

    Attributes
    ----------
    kernel, strides, dilations, begin, end : tuple of int
        Sizes in elements; ``begin`` and ``end`` are the padding before and after.
    computed_begin : str
        The tensor with the padding before, where it depends on a free size; then ``begin`` and
        ``end`` are 0.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]
    computed_begin: str = ""

    @property
    def extent(self) -> tuple[int, ...]:
        """Elements from the first to the last tap, less one."""
        return tuple(d * (k - 1) for d, k in zip(self.dilations, self.kernel, strict=True))

    @property
    def pads(self) -> list[int]:
        """The padding in ONNX's order."""
        return [*self.begin, *self.end]

    @property
    def full_pads(self) -> list[int] | None:
        """The padding of the adjoint at stride 1; None where it is negative or computed."""
        if self.computed_begin:
            return None
        extent = [*self.extent, *self.extent]
        pads = [e - pad for e, pad in zip(extent, self.pads, strict=True)]
        return pads if min(pads, default=0) >= 0 else None

    @property
    def is_tiling(self) -> bool:
        """Whether the windows stand side by side without padding or gaps."""
        return (
            self.kernel == self.strides
            and not any(self.pads)
            and not self.computed_begin
            and all(dilation == 1 for dilation in self.dilations)
        )


def windows_of(context: NodeContext, kernel: tuple[int, ...]) -> Windows:
    """Return the windows of a convolution or pooling node with a given kernel."""
    rank = len(kernel)
    strides = tuple(context.attribute("strides", [1] * rank))
    dilations = tuple(context.attribute("dilations", [1] * rank))
    pads = list(context.attribute("pads", [0] * 2 * rank))
    auto_pad = context.attribute("auto_pad", "NOTSET")
    same = auto_pad in {"SAME_UPPER", "SAME_LOWER"}
    if same or auto_pad == "VALID":
        pads = [0] * 2 * rank
    windows = _checked(
        context, Windows(kernel, strides, dilations, tuple(pads[:rank]), tuple(pads[rank:]))
    )
    if same:
        return _padded_automatically(context, windows)
    return windows


_LARGEST = 1 << 24


def _checked(context: NodeContext, windows: Windows) -> Windows:
    """Refuse windows that no image has: damaged attributes would make millions of nodes."""
    steps = (*windows.kernel, *windows.strides, *windows.dilations)
    rank = len(windows.kernel)
    lengths = {len(windows.strides), len(windows.dilations), len(windows.begin), len(windows.end)}
    fits = all(0 < step < _LARGEST for step in steps) and lengths == {rank}
    if not fits or any(abs(pad) > _LARGEST for pad in windows.pads):
        raise context.unsupported(
            f"kernel {windows.kernel}, strides {windows.strides}, dilations {windows.dilations} "
            f"and pads {windows.pads} are no windows; the file may be damaged"
        )
    return windows


def _padded_automatically(context: NodeContext, windows: Windows) -> Windows:
    """Return windows with the padding that gives one of them for each stride."""
    rank, auto_pad = len(windows.kernel), context.attribute("auto_pad")
    if any(dilation > 1 for dilation in windows.dilations):
        raise context.unsupported(
            f"runtimes disagree on {auto_pad} with dilations {windows.dilations}: give its pads as "
            "numbers"
        )
    totals = [_same_total(context, axis, windows) for axis in range(rank)]
    known = [total for total in totals if total is not None]
    least = [min(known, default=0), *_least_totals(windows, totals)]
    if min(least) < -1:
        raise _gaps(context, windows)
    if len(known) < rank:
        begin = _computed_begin(context, windows, upper=auto_pad == "SAME_UPPER")
        return replace(windows, computed_begin=begin)
    pads = _halved([max(0, total) for total in known], upper=auto_pad == "SAME_UPPER")
    return replace(windows, begin=tuple(pads[:rank]), end=tuple(pads[rank:]))


def _least_totals(windows: Windows, totals: list[int | None]) -> list[int]:
    """Return the least padding at any size, for the axes whose size is free."""
    return [
        extent + 1 - stride
        for extent, stride, total in zip(windows.extent, windows.strides, totals, strict=True)
        if total is None
    ]


def _gaps(context: NodeContext, windows: Windows) -> UnsupportedOperatorError:
    """Return the error for windows apart that pad themselves: by less than nothing."""
    return context.unsupported(
        f"runtimes disagree on {context.attribute('auto_pad')} where windows of {windows.kernel} "
        f"are {windows.strides} apart: give its pads as numbers"
    )


def _same_total(context: NodeContext, axis: int, windows: Windows) -> int | None:
    """Return the padding of one axis for an output of ceil(size / stride); None if it varies."""
    size = context.dims(context.input(0))[2 + axis]
    stride, extent = windows.strides[axis], windows.extent[axis]
    if size is None:
        return None if stride > 1 else extent
    return (-(-size // stride) - 1) * stride + extent + 1 - size


def _computed_begin(context: NodeContext, windows: Windows, *, upper: bool) -> str:
    """Compute the padding before each axis by the size at run time, as `_same_total`."""
    emit, op = context.emit, context.op
    size = context.shape_part(context.input(0), 2, 2 + len(windows.kernel))
    strides = emit.integers(windows.strides)
    rounded = op("Add", size, emit.integers([stride - 1 for stride in windows.strides]))
    steps = op("Sub", op("Div", rounded, strides), emit.integers([1]))
    reach = op("Add", op("Mul", steps, strides), emit.integers([e + 1 for e in windows.extent]))
    total = op("Max", op("Sub", reach, size), emit.integers([0]))
    half = op("Div", total, emit.integers([2]))
    return half if upper else op("Sub", total, half)


def _halved(totals: list[int], *, upper: bool) -> list[int]:
    """Share padding between both ends; the odd element goes last if ``upper``."""
    small = [total // 2 for total in totals]
    large = [total - half for total, half in zip(totals, small, strict=True)]
    return [*small, *large] if upper else [*large, *small]


def transposed_windows_of(context: NodeContext, kernel: tuple[int, ...]) -> Windows:
    """Return the windows of a transposed convolution node, seen from its output."""
    rank = len(kernel)
    strides = tuple(context.attribute("strides", [1] * rank))
    dilations = tuple(context.attribute("dilations", [1] * rank))
    pads = list(context.attribute("pads", [0] * 2 * rank))
    auto_pad = context.attribute("auto_pad", "NOTSET")
    same = auto_pad in {"SAME_UPPER", "SAME_LOWER"}
    extra = context.attribute("output_padding", [0] * rank)
    if same and context.attribute("output_shape") is None:
        # The output has the input's size times the stride, whatever that is.
        extents = [dilation * (taps - 1) for dilation, taps in zip(dilations, kernel, strict=True)]
        totals = [
            extent + 1 + more - stride
            for extent, more, stride in zip(extents, extra, strides, strict=True)
        ]
        if min(totals) < 0:
            raise _gaps(context, Windows(kernel, strides, dilations, (), ()))
        pads = _halved(totals, upper=auto_pad == "SAME_UPPER")
    elif context.attribute("output_shape") is not None:
        sizes = context.fixed_dims(context.input(0), start=2)
        outputs = context.fixed_dims(context.output(), start=2)
        totals = [
            max(0, stride * (size - 1) + more + dilation * (taps - 1) + 1 - output)
            for stride, size, more, dilation, taps, output in zip(
                strides, sizes, extra, dilations, kernel, outputs, strict=True
            )
        ]
        # The odd element goes first unless it is SAME_UPPER, as the operator defines it.
        pads = _halved(totals, upper=auto_pad == "SAME_UPPER")
    elif auto_pad == "VALID":
        pads = [0] * 2 * rank
    return _checked(
        context, Windows(kernel, strides, dilations, tuple(pads[:rank]), tuple(pads[rank:]))
    )
