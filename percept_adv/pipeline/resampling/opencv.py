"""OpenCV's resize: no filter but ``area`` looks at more samples where it reduces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "opencv"
FILTERS = {
    "nearest": cv2.INTER_NEAREST,
    "nearest_exact": cv2.INTER_NEAREST_EXACT,
    "bilinear": cv2.INTER_LINEAR,
    "bilinear_exact": cv2.INTER_LINEAR_EXACT,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
    "area": cv2.INTER_AREA,
}
_MOST_CHANNELS = 4


def antialiases(name: str) -> tuple[bool, ...]:
    """Return what ``antialias`` may be for a filter, the default first."""
    return (name == "area",)


def resize(
    image: NDArray[Any], height: int, width: int, name: str, *, antialias: bool
) -> NDArray[Any]:
    """Resize (H, W, C) of uint8 or float32 with a filter; ``antialias`` follows from it."""
    del antialias
    contiguous = np.ascontiguousarray(image)
    resized = cv2.resize(contiguous, (width, height), interpolation=FILTERS[name])
    return np.asarray(resized).reshape(height, width, image.shape[2])


def resize_columns(
    block: NDArray[np.float32], height: int, name: str, *, antialias: bool, widens: bool
) -> NDArray[np.float32]:
    """Resize the columns of a block (N, K) of float32 to (``height``, K).

    ``widens`` says whether the other axis is enlarged: ``area`` then interpolates on both.
    """
    del antialias
    # Of float images the exact forms have none of their own: they differ in rounding only.
    kind = {"bilinear_exact": "bilinear"}.get(name, name)
    parts = [
        cv2.resize(
            np.ascontiguousarray(block[:, np.newaxis, start : start + _MOST_CHANNELS]),
            (2 if widens else 1, height),
            interpolation=FILTERS[kind],
        ).reshape(height, 2 if widens else 1, -1)[:, 0]
        for start in range(0, block.shape[1], _MOST_CHANNELS)
    ]
    return np.concatenate(parts, axis=1)
