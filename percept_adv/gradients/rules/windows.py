"""Geometry of sliding windows: kernel, strides, dilations and padding for each axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


@dataclass(frozen=True)
class Windows:
    """Sliding windows over the spatial axes, one entry for each.

    Attributes
    ----------
    kernel, strides, dilations, begin, end : tuple of int
        Sizes in elements; ``begin`` and ``end`` are the padding before and after.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]

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
        """The padding of the adjoint at stride 1; None where it would have to be negative."""
        extent = [*self.extent, *self.extent]
        pads = [e - pad for e, pad in zip(extent, self.pads, strict=True)]
        return pads if min(pads, default=0) >= 0 else None

    @property
    def is_tiling(self) -> bool:
        """Whether the windows stand side by side without padding or gaps."""
        return (
            self.kernel == self.strides
            and not any(self.pads)
            and all(dilation == 1 for dilation in self.dilations)
        )


def windows_of(context: NodeContext, kernel: tuple[int, ...]) -> Windows:
    """Return the windows of a convolution or pooling node with a given kernel."""
    rank = len(kernel)
    strides = tuple(context.attribute("strides", [1] * rank))
    dilations = tuple(context.attribute("dilations", [1] * rank))
    pads = list(context.attribute("pads", [0] * 2 * rank))
    auto_pad = context.attribute("auto_pad", "NOTSET")
    if auto_pad == "VALID":
        pads = [0] * 2 * rank
    elif auto_pad in {"SAME_UPPER", "SAME_LOWER"}:
        extent = [d * (k - 1) for d, k in zip(dilations, kernel, strict=True)]
        totals = [_same_total(context, axis, extent[axis], strides[axis]) for axis in range(rank)]
        pads = _halved(totals, upper=auto_pad == "SAME_UPPER")
    return _checked(
        context, Windows(kernel, strides, dilations, tuple(pads[:rank]), tuple(pads[rank:]))
    )


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


def _same_total(context: NodeContext, axis: int, extent: int, stride: int) -> int:
    """Return the padding of one axis for an output of ceil(size / stride)."""
    size = context.dims(context.input(0))[2 + axis]
    if size is None:
        if stride > 1:
            raise context.unsupported("auto_pad with strides needs a fixed image size")
        return extent
    return max(0, (-(-size // stride) - 1) * stride + extent + 1 - size)


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
    if same or context.attribute("output_shape") is not None:
        extra = context.attribute("output_padding", [0] * rank)
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
