"""The pixels of one colour of a chessboard as a dense array.

On four neighbours an even pixel (row + column even) meets odd pixels only. Each colour is
stored as (H + 2, K, half + 2), half = (W + 1) // 2, with a border of zeros: pixel (i, j) of
a colour is at [i + 1, :, j // 2 + 1]. The neighbours above and below are then at the same
last index, those to the left and right at the same index and one beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.compilation import kernel

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values
EVEN, ODD = 0, 1


def colour_array(shape: tuple[int, int], columns: int, dtype: type) -> Values:
    """Return an empty (zero) array for the pixels of one colour."""
    height, width = shape
    return np.zeros((height + 2, columns, (width + 1) // 2 + 2), dtype)


@kernel
def largest(image: Values, out: Values, start: int, stop: int) -> None:
    """Set out, (K, H), to the largest absolute value of each row of an (H, W, K) image."""
    for i in range(start, stop):
        for k in range(image.shape[2]):
            most = 0.0
            for j in range(image.shape[1]):
                value = abs(image[i, j, k])
                most = value if value > most else most
            out[k, i] = most


@kernel
def split(image: Values, factor: Values, colour: int, out: Values, start: int, stop: int) -> None:
    """Take the pixels of one colour out of an (H, W, K) image, times a factor for each of the K."""
    width, columns = image.shape[1], image.shape[2]
    for i in range(start, stop):
        first = (i + colour) % 2
        half = np.uint64((width - first + 1) // 2)
        for k in range(columns):
            pixels, share, row = image[i, first:, k], factor[k], out[i + 1, k, 1:]
            for m in range(half):
                row[m] = share * pixels[np.uint64(2) * m]


@kernel
def merge(
    values: Values, factor: Values, colour: int, image: Values, start: int, stop: int
) -> None:
    """Put the pixels of one colour into an (H, W, K) image, times a factor for each of the K."""
    width, columns = image.shape[1], image.shape[2]
    for i in range(start, stop):
        first = (i + colour) % 2
        half = np.uint64((width - first + 1) // 2)
        for k in range(columns):
            pixels, share, row = image[i, first:, k], factor[k], values[i + 1, k, 1:]
            for m in range(half):
                pixels[np.uint64(2) * m] = share * row[m]


@kernel
def odd_edges(
    across: Values, down: Values, alpha: float, out: Values, start: int, stop: int
) -> None:
    """Collect alpha Wn of the edges of each odd pixel: to above, below, left, right.

    ``across`` (H, W - 1) and ``down`` (H - 1, W) hold Wn; ``out`` is (4, H + 2, half + 2).
    """
    height, width = across.shape[0], down.shape[1]
    for i in range(start, stop):
        first = (i + 1) % 2
        for m in range((width - first + 1) // 2):
            j = 2 * m + first
            if i > 0:
                out[0, i + 1, m + 1] = alpha * down[i - 1, j]
            if i < height - 1:
                out[1, i + 1, m + 1] = alpha * down[i, j]
            if j > 0:
                out[2, i + 1, m + 1] = alpha * across[i, j - 1]
            if j < width - 1:
                out[3, i + 1, m + 1] = alpha * across[i, j]
