"""Central moments of square windows, merged upward from 4 x 4 cells.

Windows that start every four pixels share their cells, so each pixel is read once.
Two windows of equal size merge exactly (Pébay, "Formulas for robust, one-pass parallel
computation of covariances and arbitrary-order statistical moments", SAND2008-6212);
central moments keep the digits that sums of powers would cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.compilation import kernel, part

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 4


@part()
def _row_of_cells(
    block: NDArray[Any], sums: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover - compiled
    """Put the moments of four rows' cells into ``out``, (4, C).

    Down the columns first, then across: long loops that compile to vector instructions.
    ``sums``, (4, 4 C), is scratch.
    """
    share = block.dtype.type(1 / 16)
    mean = sums[0]
    for c in range(block.shape[1]):
        mean[c] = (block[0, c] + block[1, c]) + (block[2, c] + block[3, c])
    for k in range(out.shape[1]):
        out[0, k] = share * _sum_of_four(mean, k)
        for j in range(4):
            mean[4 * k + j] = out[0, k]
    for c in range(block.shape[1]):
        a, b = block[0, c] - mean[c], block[1, c] - mean[c]
        d, e = block[2, c] - mean[c], block[3, c] - mean[c]
        aa, bb, dd, ee = a * a, b * b, d * d, e * e
        sums[1, c] = (aa + bb) + (dd + ee)
        sums[2, c] = (aa * a + bb * b) + (dd * d + ee * e)
        sums[3, c] = (aa * aa + bb * bb) + (dd * dd + ee * ee)
    for order in range(1, 4):
        for k in range(out.shape[1]):
            out[order, k] = share * _sum_of_four(sums[order], k)


@part(inline="always")
def _sum_of_four(row: NDArray[Any], k: int) -> Any:  # pragma: no cover - compiled
    return (row[4 * k] + row[4 * k + 1]) + (row[4 * k + 2] + row[4 * k + 3])


@kernel()
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
    sums = np.empty((4, 4 * columns), values.dtype)
    for r in range(rows):
        block = values[4 * r : 4 * r + 4, : 4 * columns]
        _row_of_cells(block, sums, out[:, r])
    return out


@kernel()
def put_amplitude_moments(
    values: NDArray[Any], out: NDArray[Any], first: int
) -> None:  # pragma: no cover - compiled
    """Put the `cell_moments` of absolute values of complex numbers into ``out``, row ``first`` on.

    All of ``out`` is given, as code is compiled for each kind of array, and parts are another.
    """
    rows, columns = values.shape[0] // 4, values.shape[1] // 4
    sums = np.empty((4, 4 * columns), out.dtype)
    block = np.empty((4, 4 * columns), out.dtype)
    for r in range(rows):
        for i in range(4):
            for c in range(4 * columns):
                value = values[4 * r + i, c]
                block[i, c] = np.sqrt(value.real * value.real + value.imag * value.imag)
        _row_of_cells(block, sums, out[:, first + r])


@kernel()
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


def window_moments(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the moments of the 16 x 16 windows that start every 4 pixels.

    Parameters
    ----------
    cells : ndarray, (4, R, C)
        Moments of the cells; both sides at least 4.

    Returns
    -------
    ndarray, (4, R - 3, C - 3)
    """
    return doubled(doubled(cells, step=1), step=2)
