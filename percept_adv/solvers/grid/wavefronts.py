"""The odd pixels in an order whose sweeps run along whole vectors.

Eliminating the even pixels couples odd pixel (i, j) with (i +- 2, j), (i, j +- 2) and
(i +- 1, j +- 1). On the front d of all odd pixels with 3 i + j = 2 d + 1 none is coupled
with another: in row-major order those before it lie on the fronts d - 1, d - 2 and d - 3.
A sweep in that order can therefore treat a front at once, and as a front has one pixel in
a row, the index i - first is the same shift away on all of its pixels.

A front is stored as a block of ``width`` values that begins at ``place``: a border, its
pixels from row ``first`` on, and zeros, so many that loops may run over whole vectors and
that neighbours beyond the image are zeros too. Of K columns the blocks of a front lie
side by side: column k begins at K place + k width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from percept_adv.solvers.grid.compilation import inlined, part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.solvers.grid.compilation import Values

# Fronts that a pixel's neighbours reach back, and empty fronts in front of the first.
REACH = 3
# Values before a block's first pixel; neighbours are at most as many rows up.
BORDER = 2
# Loops run over multiples of this, which the compiler turns into vectors without a rest.
STRIDE = 16
# Rows of the table.
FIRST, COUNT, WIDTH, PLACE = range(4)


def odd_fronts(shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the table of fronts of an (H, W) image.

    Returns
    -------
    ndarray
        (4, F + 2 REACH + 1): for each front its first row, the number of its pixels, the
        width of its block and where that begins; the last column tells the size of all.
    """
    height, width = shape
    d = np.arange(max((3 * (height - 1) + width - 2) // 2 + 1, 1))
    first = np.maximum(0, -((width - 2 - 2 * d) // 3))
    count = np.maximum(0, np.minimum(height, (2 * d + 1) // 3 + 1) - first)
    table = np.zeros((4, d.size + 2 * REACH + 1), np.int64)
    table[FIRST] = np.pad(first, (REACH, REACH + 1), mode="edge")
    table[COUNT, REACH : -REACH - 1] = count
    # As wide as every front that looks into the block, shifted by up to the border.
    loops = STRIDE * -(-table[COUNT] // STRIDE)
    near = sliding_window_view(np.pad(loops, REACH), 2 * REACH + 1)
    table[WIDTH] = near.max(axis=1) + 4 * BORDER
    table[PLACE, 1:] = np.cumsum(table[WIDTH, :-1])
    return table


def values(fronts: NDArray[np.int64]) -> int:
    """Return the number of values of one column in fronts."""
    return int(fronts[PLACE, -1])


def origins(fronts: NDArray[np.int64], columns: int) -> NDArray[np.uint64]:
    """Return where row 0 would be on each front, (columns, fronts)."""
    blocks = fronts[PLACE] * columns + np.arange(columns)[:, np.newaxis] * fronts[WIDTH]
    places: NDArray[np.uint64] = (blocks + BORDER - fronts[FIRST]).astype(np.uint64)
    return places


@part
def locate(fronts: Values, front: int, row: int, column: int, columns: int) -> np.uint64:
    """Return where a row's pixel of a front is, among the blocks of all columns.

    Unsigned, or the compiler would have to provide for negative places, which count from
    the end.
    """
    begin = fronts[PLACE, front] * columns + column * fronts[WIDTH, front]
    return np.uint64(begin + BORDER + row - fronts[FIRST, front])


@inlined
def loop(fronts: Values, front: int) -> np.uint64:
    """Return how far loops over a front run: whole vectors, zeros behind its pixels."""
    return np.uint64((fronts[COUNT, front] + STRIDE - 1) // STRIDE * STRIDE)


@inlined
def first_front(row: int) -> np.uint64:
    """Return the front of a row's first odd pixel; each of the next lies on the next front."""
    return np.uint64(REACH + 3 * row // 2)
