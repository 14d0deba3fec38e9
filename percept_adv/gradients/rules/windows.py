"""Geometry of sliding windows: kernel, strides, dilations and padding for each axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


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


def windows_of(site: Site, kernel: tuple[int, ...]) -> Windows:
    """Return the windows of a convolution or pooling node with a given kernel."""
    rank = len(kernel)
    strides = tuple(site.attribute("strides", [1] * rank))
    dilations = tuple(site.attribute("dilations", [1] * rank))
    pads = list(site.attribute("pads", [0] * 2 * rank))
    auto_pad = site.attribute("auto_pad", "NOTSET")
    if auto_pad == "VALID":
        pads = [0] * 2 * rank
    elif auto_pad in {"SAME_UPPER", "SAME_LOWER"}:
        pads = _same_pads(site, kernel, strides, dilations, upper=auto_pad == "SAME_UPPER")
    return Windows(kernel, strides, dilations, tuple(pads[:rank]), tuple(pads[rank:]))


def _same_pads(
    site: Site,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    *,
    upper: bool,
) -> list[int]:
    """Return the padding for an output of ceil(size / stride); the odd one goes last if upper."""
    begin, end = [], []
    sizes = site.dims(site.input(0))[2:]
    for size, k, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        extent = dilation * (k - 1)
        if size is None and stride > 1:
            raise site.unsupported("auto_pad with strides needs a fixed image size")
        total = (
            extent
            if size is None
            else max(0, (-(-size // stride) - 1) * stride + extent + 1 - size)
        )
        small, large = total // 2, total - total // 2
        begin.append(small if upper else large)
        end.append(large if upper else small)
    return [*begin, *end]
