"""An array at full size and halved again and again, from which tiles are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from percept_adv.magnification import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 512
"""Edge of a tile in pixels of its level."""


@dataclass(frozen=True, eq=False, slots=True)
class Pyramid:
    """Levels of ``(H, W)`` or ``(H, W, C)``; level k has edges of ``ceil(size / 2^k)`` pixels."""

    levels: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, array: NDArray[Any]) -> Pyramid:
        """Halve an array, by means of four pixels, until it fits into one tile."""
        levels = [array]
        for _ in range(level_count(*array.shape[:2]) - 1):
            levels.append(_halved(levels[-1]))
        return cls(tuple(levels))


def level_count(height: int, width: int) -> int:
    """Return how many levels an image has, the last one no larger than a tile."""
    count = 1
    while max(height, width) > TILE:
        height, width, count = (height + 1) // 2, (width + 1) // 2, count + 1
    return count


def tile_region(shape: tuple[int, ...], column: int, row: int) -> Region:
    """Return where a tile lies in a level of a shape."""
    return Region(
        row * TILE,
        min((row + 1) * TILE, shape[0]),
        column * TILE,
        min((column + 1) * TILE, shape[1]),
    )


def covered(shape: tuple[int, ...], level: int, region: Region) -> Region:
    """Return what a region of a level covers of the full size ``shape``."""
    scale = 2**level
    return Region(
        region.top * scale,
        min(region.bottom * scale, shape[0]),
        region.left * scale,
        min(region.right * scale, shape[1]),
    )


def level_shape(shape: tuple[int, ...], level: int) -> tuple[int, int]:
    """Return height and width of a level of an image of a shape."""
    height, width = (-(-size // 2**level) for size in shape[:2])
    return height, width


def reduced(array: NDArray[Any], level: int) -> NDArray[Any]:
    """Halve an array so many times, as a pyramid does."""
    for _ in range(level):
        array = _halved(array)
    return array


def _halved(array: NDArray[Any]) -> NDArray[Any]:
    height, width = array.shape[:2]
    missing = height % 2, width % 2
    if any(missing):
        # The last row or column stands twice, so that a pixel of the half is one of four.
        padding = [(0, missing[0]), (0, missing[1]), *[(0, 0)] * (array.ndim - 2)]
        array = np.pad(array, padding, mode="edge")
    size = (array.shape[1] // 2, array.shape[0] // 2)
    return np.asarray(cv2.resize(array, size, interpolation=cv2.INTER_AREA)).reshape(
        size[1], size[0], *array.shape[2:]
    )
