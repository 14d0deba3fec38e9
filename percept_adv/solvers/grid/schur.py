"""The matrix that is left on the odd pixels when the even ones are eliminated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values

ROW_ENTRIES = 8


@kernel
def schur_complement(
    across: Values,
    down: Values,
    degree: Values,
    alpha: float,
    diagonal: Values,
    columns: Values,
    values: Values,
    start: int,
    stop: int,
) -> None:
    """Set D_o - B D_e^-1 B^T, with B the couplings alpha W between odd and even pixels.

    Odd pixel (i, j) is row i half + j // 2, half = (W + 1) // 2. ``columns`` and ``values``
    (rows, 8) take the negatives of its entries, in the order of the columns; what does not
    exist has the value 0. The diagonal of a row beyond the image stays 0.
    """
    height, width = degree.shape
    half = (width + 1) // 2
    for i in range(start, stop):
        for j in range((i + 1) % 2, width, 2):
            row = i * half + j // 2
            diagonal[row] = degree[i, j]
            for slot in range(8):
                columns[row, slot] = row
                values[row, slot] = 0.0
            for way in range(4):
                y, x = i + (way == 1) - (way == 0), j + (way == 3) - (way == 2)
                if y < 0 or y >= height or x < 0 or x >= width:
                    continue
                own = alpha * _weight(across, down, i, j, way)
                share = own / degree[y, x]
                diagonal[row] -= share * own
                for onward in range(4):
                    v, u = y + (onward == 1) - (onward == 0), x + (onward == 3) - (onward == 2)
                    if v < 0 or v >= height or u < 0 or u >= width or onward == way ^ 1:
                        continue
                    slot = _slot(v - i, u - j)
                    columns[row, slot] = v * half + u // 2
                    values[row, slot] += share * alpha * _weight(across, down, y, x, onward)


@kernel
def _weight(across: Values, down: Values, i: int, j: int, way: int) -> Any:
    """Return the weight of the edge of (i, j) to above, below, left or right."""
    if way == 0:
        return down[i - 1, j]
    if way == 1:
        return down[i, j]
    if way == 2:
        return across[i, j - 1]
    return across[i, j]


@kernel
def _slot(dy: int, dx: int) -> int:
    """Return the place of an offset of two steps among the eight, in row-major order."""
    if dy == -2:
        return 0
    if dy == -1:
        return 1 + (dx > 0)
    if dy == 0:
        return 3 + (dx > 0)
    if dy == 1:
        return 5 + (dx > 0)
    return 7


@kernel
def compress(columns: Values, values: Values, pointers: Values, out: Values, kept: Values) -> None:
    """Leave the zeros out: a table of eight entries for each row becomes a CSR matrix."""
    count = 0
    pointers[0] = 0
    for row in range(columns.shape[0]):
        for slot in range(columns.shape[1]):
            if values[row, slot] > 0.0:
                out[count] = columns[row, slot]
                kept[count] = values[row, slot]
                count += 1
        pointers[row + 1] = count
