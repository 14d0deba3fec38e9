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


def cell_sums(values: NDArray[Any], shape: tuple[int, int], block_size: int) -> NDArray[Any]:
    """Sum cropped ``values`` over the cells of their image.

    Parameters
    ----------
    values : ndarray
        The crop of an image of size ``shape``.
    shape : (int, int)
        Rows and columns of the whole image.
    block_size : int
        Width of the border that was cut off.

    Returns
    -------
    ndarray, (cells_of(M), cells_of(N))
        Cells without a cropped pixel hold 0.
    """
    for axis in (0, 1):
        start, stop = bounds(shape[axis], block_size)
        stop = min(stop, cells_of(shape[axis]) * CELL)
        first, last = start // CELL, (stop - 1) // CELL
        edges = np.maximum(np.arange(first, last + 1) * CELL, start) - start
        kept = values[: stop - start] if axis == 0 else values[:, : stop - start]
        summed = np.add.reduceat(kept, edges, axis=axis)
        padding = [(0, 0), (0, 0)]
        padding[axis] = (first, cells_of(shape[axis]) - last - 1)
        values = np.pad(summed, padding)
    return values


def pixels_per_cell(size: int, block_size: int) -> NDArray[np.int64]:
    """Return how many cropped rows (or columns) each cell along a side holds."""
    start, stop = bounds(size, block_size)
    begin = np.arange(cells_of(size)) * CELL
    covered: NDArray[np.int64] = np.minimum(begin + CELL, stop) - np.maximum(begin, start)
    return np.maximum(covered, 0)


def pixel_count(shape: tuple[int, int], block_size: int) -> int:
    """Return the number of pixels that count."""
    (top, bottom), (left, right) = (bounds(size, block_size) for size in shape)
    return (bottom - top) * (right - left)
