"""The part of an image that MAD averages over, in pixels and in 4 x 4 cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.metrics.apparent_distortion.moments import CELL

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 16
"""Pixels on a side of the windows whose moments MAD compares."""


def smallest_side(block_size: int) -> int:
    """Return the least side of an image for which a window and a cropped pixel exist.

    Parameters
    ----------
    block_size
        Side of the blocks of the local error, in pixels.

    Returns
    -------
    int
        Pixels.

    Examples
    --------
    >>> from percept_adv.metrics.apparent_distortion import smallest_side
    >>> smallest_side(16)
    34
    """
    return max(WINDOW, 2 * block_size + 2)


def bounds(size: int, block_size: int) -> tuple[int, int]:
    """Return the first row (or column) that counts and the one after the last."""
    return block_size, size - block_size - 1


def cells_of(size: int) -> int:
    """Return how many 16-pixel windows start every four pixels along a side."""
    return (size - WINDOW) // CELL + 1


def cell_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Sum values over the cells.

    Parameters
    ----------
    values : ndarray, (4 R, 4 C)

    Returns
    -------
    ndarray, (R, C)
    """
    down = values.reshape(-1, CELL, values.shape[1]).sum(axis=1)
    sums: NDArray[Any] = sum((down[:, i::CELL] for i in range(1, CELL)), down[:, ::CELL])
    return sums


def pixels_per_cell(size: int, block_size: int) -> NDArray[np.int64]:
    """Return how many cropped rows (or columns) each cell along a side holds."""
    start, stop = bounds(size, block_size)
    begin = np.arange(cells_of(size)) * CELL
    covered: NDArray[np.int64] = np.minimum(begin + CELL, stop) - np.maximum(begin, start)
    return np.maximum(covered, 0)


def pixel_count(shape: tuple[int, ...], block_size: int) -> int:
    """Return the number of pixels that count."""
    (top, bottom), (left, right) = (bounds(size, block_size) for size in shape)
    return (bottom - top) * (right - left)
