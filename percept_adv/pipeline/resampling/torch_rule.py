"""PyTorch's resize, by the libraries that interpolate by the same rule in float32.

With antialiasing its filters are Pillow's; without, the bilinear and bicubic ones (a = -3/4) are
OpenCV's. Images of 8 bits are resized as floats and rounded half to even at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.pipeline.resampling import opencv, pillow

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
    library, own = _by(name, antialias=antialias)
    if image.shape[:2] == (height, width):
        return image
    floats = image.astype(np.float32)
    resized = library.resize(floats, height, width, own, antialias=antialias)
    if image.dtype != np.uint8:
        return np.asarray(resized)
    return np.asarray(np.rint(np.clip(resized, 0, 255)).astype(np.uint8))


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
