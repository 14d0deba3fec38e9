"""The local mean square error of HI, summed over cells: band by band, never stored whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.moments import CELL
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows of cells that are computed with together.
_BAND = 32


def local_error_energy(
    reference: NDArray[Any], image: NDArray[Any], kind: np.dtype[Any], block_size: int
) -> NDArray[Any]:
    """Return the sum over each cell of the squares of the local mean square error.

    Parameters
    ----------
    reference, image : ndarray, (M, N)
        Grey levels.
    kind : dtype
        The precision of the result.
    block_size : int
        Side of the blocks that the mean is of, and width of the border that does not count.

    Returns
    -------
    ndarray, (cells_of(M), cells_of(N))
        Cells without a pixel that counts hold 0.
    """
    rows, columns = (crop.cells_of(size) for size in reference.shape)
    (top, bottom), (left, right) = (crop.bounds(n, block_size) for n in reference.shape)
    right = min(right, CELL * columns)
    before, after = block_size // 2 - 1, block_size // 2
    across = slice(left - before, right + after)
    energy = np.zeros((rows, columns), kind)

    def work(start: int, stop: int) -> None:
        first, last = max(CELL * start, top), min(CELL * stop, bottom)
        if first >= last:
            return
        part = slice(first - before, last + after), across
        change = np.subtract(image[part], reference[part], dtype=np.float64).astype(kind)
        error = mean_squares(change, block_size)
        counted = np.zeros((CELL * (stop - start), CELL * columns), kind)
        counted[first - CELL * start : last - CELL * start, left:right] = error * error
        energy[start:stop] = crop.cell_sums(counted)

    for_each_band(work, rows, band=_BAND)
    return energy


def mean_squares(values: NDArray[Any], length: int) -> NDArray[Any]:
    """Return the mean of the squares in each window of ``length`` x ``length`` pixels.

    Parameters
    ----------
    values : ndarray, (M, N)
    length : int
        Pixels on a side.

    Returns
    -------
    ndarray, (M - length + 1, N - length + 1)
    """
    down = _window_sums(values * values, length)
    mean: NDArray[Any] = _window_sums(down.T, length).T / length**2
    return mean


def _window_sums(values: NDArray[Any], length: int) -> NDArray[Any]:
    """Sum every ``length`` consecutive rows, from sums of 1, 2, 4, ... rows."""
    count = values.shape[0] - length + 1
    total = np.zeros_like(values[:count])
    power, taken = 1, 0
    while taken < length:
        if length & power:
            total += values[taken : taken + count]
            taken += power
        values = values[:-power] + values[power:] if taken < length else values
        power *= 2
    return total
