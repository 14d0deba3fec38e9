"""Pillow's resize: filters whose support grows with the reduction, 8 bits after each pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "pillow"
FILTERS = {
    "nearest": Pillow.Resampling.NEAREST,
    "box": Pillow.Resampling.BOX,
    "area": Pillow.Resampling.BOX,
    "bilinear": Pillow.Resampling.BILINEAR,
    "hamming": Pillow.Resampling.HAMMING,
    "bicubic": Pillow.Resampling.BICUBIC,
    "lanczos": Pillow.Resampling.LANCZOS,
}


def antialiases(name: str) -> tuple[bool, ...]:
    """Return what ``antialias`` may be for a filter, the default first."""
    return (False,) if name == "nearest" else (True,)


def resize(
    image: NDArray[Any], height: int, width: int, name: str, *, antialias: bool
) -> NDArray[Any]:
    """Resize (H, W, C) of uint8 or float32 with a filter; ``antialias`` follows from it."""
    del antialias
    if image.dtype == np.uint8 and image.shape[2] in (1, 3):
        samples = image[:, :, 0] if image.shape[2] == 1 else image
        resized = np.asarray(Pillow.fromarray(samples).resize((width, height), FILTERS[name]))
        return resized.reshape(height, width, image.shape[2])
    planes = [
        np.asarray(Pillow.fromarray(plane).resize((width, height), FILTERS[name]))
        for plane in np.ascontiguousarray(np.moveaxis(image, 2, 0), dtype=np.float32)
    ]
    return np.stack(planes, axis=-1)


def resize_columns(
    block: NDArray[np.float32], height: int, name: str, *, antialias: bool, widens: bool
) -> NDArray[np.float32]:
    """Resize the columns of a block (N, K) of float32 to (``height``, K)."""
    del antialias, widens
    resized = Pillow.fromarray(block).resize((block.shape[1], height), FILTERS[name])
    return np.asarray(resized)
