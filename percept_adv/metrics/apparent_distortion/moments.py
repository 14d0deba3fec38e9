"""Central moments of square windows, merged upward from 4 x 4 cells.

Windows that start every four pixels share their cells, so each pixel is read once.
Two windows of equal size merge exactly (Pébay, "Formulas for robust, one-pass parallel
computation of covariances and arbitrary-order statistical moments", SAND2008-6212);
central moments keep the digits that sums of powers would cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 4


@njit(nogil=True, cache=True)
def cell_moments(values: NDArray[Any]) -> NDArray[Any]:  # pragma: no cover - compiled
    """Return mean and central moments of order 2 to 4 of each 4 x 4 cell.

    Parameters
    ----------
    values : ndarray, (M, N)
        Rows and columns that do not fill a cell are left out.

    Returns
    -------
    ndarray, (4, M // 4, N // 4)
        Mean, then the central moments divided by the number of pixels.
    """
    rows, columns = values.shape[0] // 4, values.shape[1] // 4
    out = np.empty((4, rows, columns), values.dtype)
    share = values.dtype.type(1 / 16)
    for r in range(rows):
        for c in range(columns):
            cell = values[4 * r : 4 * r + 4, 4 * c : 4 * c + 4]
            total = share * 0
            for i in range(4):
                for j in range(4):
                    total += cell[i, j]
            mean = total * share
            second = third = fourth = share * 0
            for i in range(4):
                for j in range(4):
                    deviation = cell[i, j] - mean
                    square = deviation * deviation
                    second += square
                    third += square * deviation
                    fourth += square * square
            out[0, r, c] = mean
            out[1, r, c] = second * share
            out[2, r, c] = third * share
            out[3, r, c] = fourth * share
    return out


@njit(nogil=True, cache=True)
def _merge(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:  # pragma: no cover - compiled
    """Merge the moments of neighbouring windows that hold equally many pixels."""
    out = np.empty(one.shape, one.dtype)
    half = one.dtype.type(0.5)
    quarter = half * half
    three_quarters = half + quarter
    sixteenth = quarter * quarter
    for r in range(one.shape[1]):
        for c in range(one.shape[2]):
            gap = two[0, r, c] - one[0, r, c]
            square = gap * gap
            second = one[1, r, c] + two[1, r, c]
            rise = two[1, r, c] - one[1, r, c]
            out[0, r, c] = (one[0, r, c] + two[0, r, c]) * half
            out[1, r, c] = second * half + square * quarter
            out[2, r, c] = (one[2, r, c] + two[2, r, c]) * half + gap * rise * three_quarters
            out[3, r, c] = (
                (one[3, r, c] + two[3, r, c]) * half
                + gap * (two[2, r, c] - one[2, r, c])
                + square * second * three_quarters
                + square * square * sixteenth
            )
    return out


def doubled(moments: NDArray[Any], *, step: int) -> NDArray[Any]:
    """Return the moments of windows twice as wide and high, at every cell.

    Parameters
    ----------
    moments : ndarray, (4, R, C)
        Moments of windows ``step`` cells wide and high, one at each cell.
    step : int
        Cells on a side of the given windows.

    Returns
    -------
    ndarray, (4, R - step, C - step)
    """
    wide: NDArray[Any] = _merge(moments[:, :, :-step], moments[:, :, step:])
    high: NDArray[Any] = _merge(wide[:, :-step], wide[:, step:])
    return high


def window_moments(values: NDArray[Any]) -> NDArray[Any]:
    """Return mean and central moments of the 16 x 16 windows that start every 4 pixels.

    Parameters
    ----------
    values : ndarray, (M, N)
        Both sides at least 16.

    Returns
    -------
    ndarray, (4, M // 4 - 3, N // 4 - 3)
    """
    return doubled(doubled(cell_moments(values), step=1), step=2)
