"""The compiled loops of the bilateral filter: a band of rows, in tiles of columns.

A tile keeps its rows as ``(row, channel, column)`` with a constant distance between
channels, so that the compiler sees plain streams over columns and no gathers. Beyond
the left and right border stands a sentinel so far from every value that its weight is
nought: no branch is needed there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from percept_adv.compilation import kernel, part
from percept_adv.magnification.exponential import exp2
from percept_adv.magnification.vector_width import prefer_wide_vectors

# From one channel to the next: no multiple of 1024, whose rows would share cache lines.
PITCH = 1040
_TILE = 512
# Taps of a row that are summed before the sums go back to memory.
UNROLLED = 5
MAX_HALF_WIDTH = (PITCH - UNROLLED - 64) // 2

# All but reassociation, so that a sum has one order everywhere.
_FAST = {"nnan", "ninf", "nsz", "arcp", "contract", "afn"}
_kernel = kernel(fastmath=_FAST)
_part = part(fastmath=_FAST)


@_part
def _add_row(  # noqa: C901, PLR0912, PLR0915 (the channels are written out: see below)
    centre: Any, row: Any, values: Any, taps: Any, sums: Any, width: int, channels: Any
) -> None:
    """Add one row of the window to the sums of all columns.

    ``sums`` holds the sum of weights, then for each channel that of the weighted
    differences to the centre or, with ``values``, of the weighted values. ``channels``
    is a tuple of as many zeros as there are channels: its length is known when this is
    compiled, and the branches on it vanish.
    """
    prefer_wide_vectors()
    for first in range(0, taps.shape[0], UNROLLED):
        tap = taps[first : first + UNROLLED]
        q = row[first:]
        v = q if values is None else values[first:]
        for x in range(width):
            weights = sums[x]
            sum0 = sums[PITCH + x]
            sum1 = sum2 = sum3 = sum0
            if len(channels) > 1:
                sum1 = sums[2 * PITCH + x]
            if len(channels) > 2:
                sum2 = sums[3 * PITCH + x]
            if len(channels) > 3:
                sum3 = sums[4 * PITCH + x]
            for i in range(UNROLLED):
                d0 = centre[x] - q[x + i]
                d1 = d2 = d3 = d0
                exponent = tap[i] - d0 * d0
                if len(channels) > 1:
                    d1 = centre[PITCH + x] - q[PITCH + x + i]
                    exponent -= d1 * d1
                if len(channels) > 2:
                    d2 = centre[2 * PITCH + x] - q[2 * PITCH + x + i]
                    exponent -= d2 * d2
                if len(channels) > 3:
                    d3 = centre[3 * PITCH + x] - q[3 * PITCH + x + i]
                    exponent -= d3 * d3
                weight = exp2(exponent)
                weights += weight
                if values is not None:
                    d0 = v[x + i]
                    if len(channels) > 1:
                        d1 = v[PITCH + x + i]
                    if len(channels) > 2:
                        d2 = v[2 * PITCH + x + i]
                    if len(channels) > 3:
                        d3 = v[3 * PITCH + x + i]
                sum0 += weight * d0
                if len(channels) > 1:
                    sum1 += weight * d1
                if len(channels) > 2:
                    sum2 += weight * d2
                if len(channels) > 3:
                    sum3 += weight * d3
            sums[x] = weights
            sums[PITCH + x] = sum0
            if len(channels) > 1:
                sums[2 * PITCH + x] = sum1
            if len(channels) > 2:
                sums[3 * PITCH + x] = sum2
            if len(channels) > 3:
                sums[4 * PITCH + x] = sum3


@_part
def _fill(tile: Any, image: Any, scale: Any, outside: Any, top: int, left: int) -> None:
    """Copy rows from ``top`` and columns from ``left``, which may lie outside the image."""
    width = image.shape[1]
    for row in range(tile.shape[0]):
        for c in range(image.shape[2]):
            start = c * PITCH
            for x in range(PITCH):
                column = left + x
                inside = 0 <= column < width
                tile[row, start + x] = image[top + row, column, c] * scale if inside else outside


@_kernel
def filter_band(
    guide: Any,
    values: Any,
    taps: Any,
    scale: Any,
    outside: Any,
    start: int,
    stop: int,
    channels: Any,
    result: Any,
) -> None:
    """Filter rows ``start`` to ``stop`` of an image.

    Parameters
    ----------
    guide
        ``(H, W, C)`` C-contiguous, C from 1 to 4: the image that the weights come from.
    values
        None, for the weighted mean of ``guide(p) - guide(q)`` over the window, in units
        of 1 / ``scale``; or ``(rows, W, C)``, rows ``max(0, start - half width)`` to
        ``min(H, stop + half width)`` of the values to take the weighted mean of.
    taps
        ``(2 * half width + 1, columns)``: base-2 logarithms of the domain kernel;
        columns beyond the window fill up a multiple of `UNROLLED` with huge negatives.
    scale
        Makes a weight 2^(tap - |scale * difference|^2).
    outside
        The sentinel, in scaled units.
    channels
        A tuple of C zeros.
    result
        ``(stop - start, W, C)``, written.
    """
    prefer_wide_vectors()
    height, width, count = guide.shape
    half = taps.shape[0] // 2
    top, bottom = max(0, start - half), min(height, stop + half)
    tile_width = min(_TILE, PITCH - UNROLLED - 2 * half)
    tile = np.empty((bottom - top, count * PITCH), guide.dtype)
    other = np.empty((bottom - top if values is not None else 0, count * PITCH), guide.dtype)
    sums = np.empty((count + 1) * PITCH, guide.dtype)
    one = guide.dtype.type(1)
    nought = guide.dtype.type(0)
    for left in range(0, width, tile_width):
        columns = min(tile_width, width - left)
        _fill(tile, guide, scale, outside, top, left - half)
        if values is not None:
            _fill(other, values, one, nought, 0, left - half)
        for y in range(start, stop):
            sums[:] = 0
            centre = tile[y - top, half:]
            for row in range(max(0, y - half), min(height, y + half + 1)):
                _add_row(
                    centre,
                    tile[row - top],
                    None if values is None else other[row - top],
                    taps[row - y + half],
                    sums,
                    columns,
                    channels,
                )
            for c in range(count):
                for x in range(columns):
                    result[y - start, left + x, c] = sums[(c + 1) * PITCH + x] / sums[x]
