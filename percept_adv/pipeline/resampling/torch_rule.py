"""PyTorch's resize, by the libraries that interpolate by the same rule in float32.

With antialiasing its filters are Pillow's; without, the bilinear and bicubic ones (a = -3/4) are
OpenCV's. Bytes are resized in fixed point, as ``torch.nn.functional.interpolate`` and torchvision's
second transforms do; the first ones resize floats: cast before and after the resize for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.pipeline.resampling import opencv, pillow
from percept_adv.pipeline.resampling.fixed_point import resize_bytes
from percept_adv.pipeline.resampling.matrices import axis_matrix

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

NAME = "torch"
FILTERS = {
    "nearest": (opencv, "nearest"),
    "nearest_exact": (pillow, "nearest"),
    "bilinear": (opencv, "bilinear"),
    "bicubic": (opencv, "bicubic"),
    "lanczos": (pillow, "lanczos"),
}


def antialiases(name: str) -> tuple[bool, ...]:
    """Return what ``antialias`` may be for a filter, the default first."""
    if name == "lanczos":
        return (True,)
    return (True, False) if name in ("bilinear", "bicubic") else (False,)


def resize(
    image: NDArray[Any], height: int, width: int, name: str, *, antialias: bool
) -> NDArray[Any]:
    """Resize (H, W, C) of uint8 or float32 with a filter."""
    if image.dtype == np.uint8 and not name.startswith("nearest"):
        axes = zip(image.shape, (height, width), strict=False)
        rows, columns = (
            axis_matrix(size, wanted, resize_columns, name, antialias=antialias, widens=False)
            for size, wanted in axes
        )
        return resize_bytes(image, rows, columns)
    library, own = _by(name, antialias=antialias)
    return np.asarray(library.resize(image, height, width, own, antialias=antialias))


def resize_columns(
    block: NDArray[np.float32], height: int, name: str, *, antialias: bool, widens: bool
) -> NDArray[np.float32]:
    """Resize the columns of a block (N, K) of float32 to (``height``, K)."""
    library, own = _by(name, antialias=antialias)
    columns = library.resize_columns(block, height, own, antialias=antialias, widens=widens)
    return np.asarray(columns)


def _by(name: str, *, antialias: bool) -> tuple[ModuleType, str]:
    """Return the library that stands in, and the filter's name there."""
    return (pillow, name) if antialias else FILTERS[name]
