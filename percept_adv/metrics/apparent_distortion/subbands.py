"""From an image's spectrum to the moments of its log-Gabor sub-bands, in passes over blocks.

The transforms down the columns, with the filter, go block by block of columns, those across
block by block of rows, with the moments of their cells: each block stays in the cache (see
`spectra`), and of a sub-band nothing but the transform between the two passes is ever stored.
Column c and column N - c of an image's spectrum hold the same numbers, so they go together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.compilation import kernel
from percept_adv.metrics.apparent_distortion.moments import CELL, put_amplitude_moments
from percept_adv.metrics.apparent_distortion.spectra import block_of, invert
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from percept_adv.metrics.apparent_distortion.filters import LogGaborBank

# Columns that lie side by side between the two passes: whole cache lines.
_SIDE_BY_SIDE = 8
# Numbers between the passes, of as many sub-bands at once as may be.
_AT_ONCE = 2**22


class SubbandFilter:
    """Filters images of one size; all that is large serves one sub-band after the other.

    Parameters
    ----------
    shape : (int, int)
        (M, N) of the images.
    bank : LogGaborBank
        The filters.
    kind : dtype
        Complex type of the spectra.
    wanted : sequence of (int, int)
        Orientation and scale of each sub-band.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        bank: LogGaborBank,
        kind: np.dtype[Any],
        wanted: Sequence[tuple[int, int]],
    ) -> None:
        self._shape, self._bank, self._wanted = shape, bank, wanted
        rows, columns = shape
        self._at_once = min(len(wanted), max(1, _AT_ONCE // (rows * columns)))
        # Sub-bands, columns c and N - c, groups of c, rows, columns side by side.
        groups = -(-(columns // 2 + 1) // _SIDE_BY_SIDE)
        self._between = np.empty((self._at_once, 2, groups, rows, _SIDE_BY_SIDE), kind)

    def cell_moments(self, spectrum: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield the moments of the cells of the amplitude of each sub-band.

        Parameters
        ----------
        spectrum : ndarray, (N // 2 + 1, M)
            See `half_spectrum`.

        Yields
        ------
        ndarray, (4, M // 4, N // 4)
            See `moments.cell_moments`; holds another sub-band as soon as the next is asked for.
        """
        rows, columns = (size // CELL for size in self._shape)
        moments = np.empty((self._at_once, 4, rows, columns), spectrum.real.dtype)
        for first in range(0, len(self._wanted), self._at_once):
            group = self._wanted[first : first + self._at_once]
            self._down(spectrum, group)
            self._across(moments[: len(group)])
            yield from moments[: len(group)]

    def _down(self, spectrum: NDArray[Any], group: Sequence[tuple[int, int]]) -> None:
        """Filter, and transform down the columns."""
        rows, columns = self._shape
        filters = [
            (self._bank.radial(scale), self._bank.angular(orientation))
            for orientation, scale in group
        ]
        groups = block_of(2 * rows, multiple=_SIDE_BY_SIDE) // _SIDE_BY_SIDE
        blocks = -(-self._between.shape[2] // groups)

        def work(start: int, stop: int) -> None:
            block = np.empty((groups * _SIDE_BY_SIDE, 2, rows), spectrum.dtype)
            for task in range(start, stop):
                place, number = divmod(task, blocks)
                radial, angles = filters[place]
                first = number * groups
                part = block[: min(len(block), len(spectrum) - first * _SIDE_BY_SIDE)]
                _filter(spectrum, radial, *angles, first * _SIDE_BY_SIDE, columns, part)
                invert(part.reshape(-1, rows))
                _lay_side_by_side(part, self._between[place], first)

        for_each_band(work, len(group) * blocks, band=1)

    def _across(self, moments: NDArray[Any]) -> None:
        """Transform across the rows, and fill in the moments of the amplitude's cells."""
        rows, columns = self._shape
        whole = rows // CELL * CELL
        height = block_of(columns, multiple=CELL)
        blocks = -(-whole // height)

        def work(start: int, stop: int) -> None:
            block = np.empty((height, columns), self._between.dtype)
            for task in range(start, stop):
                place, number = divmod(task, blocks)
                first = number * height
                part = block[: min(height, whole - first)]
                _take_rows(self._between[place], first, part)
                invert(part)
                put_amplitude_moments(part, moments[place], first // CELL)

        for_each_band(work, len(moments) * blocks, band=1)


@kernel()
def _filter(
    spectrum: NDArray[Any],
    radial: NDArray[Any],
    right_down: NDArray[Any],
    right_up: NDArray[Any],
    left_down: NDArray[Any],
    left_up: NDArray[Any],
    first: int,
    columns: int,
    out: NDArray[Any],
) -> None:  # pragma: no cover - compiled
    """Filter the columns c from ``first`` on, and their conjugates N - c, into (k, 2, M)."""
    rows = spectrum.shape[1]
    half, middle = rows // 2, columns // 2
    for i in range(out.shape[0]):
        source, column = spectrum[first + i], first + i
        if column < middle:
            place, down, up = column, right_down, right_up
        else:
            place, down, up = 2 * middle - column, left_down, left_up
        gain, beneath, above = radial[place], down[place], up[place]
        for r in range(half):
            share = gain[r] * beneath[r]
            out[i, 0, r] = complex(source[r].real * share, source[r].imag * share)
        for r in range(half, rows):
            p = 2 * half - r
            share = gain[p] * above[p]
            out[i, 0, r] = complex(source[r].real * share, source[r].imag * share)
        # Column 0 is its own conjugate: what is put there is never looked at.
        place = 2 * middle - (columns - column) if column else 0
        gain, beneath, above = radial[place], left_down[place], left_up[place]
        for r in range(half):
            share = gain[r] * beneath[r]
            value = source[rows - r if r else 0]
            out[i, 1, r] = complex(value.real * share, -value.imag * share)
        for r in range(half, rows):
            p = 2 * half - r
            share = gain[p] * above[p]
            value = source[rows - r]
            out[i, 1, r] = complex(value.real * share, -value.imag * share)


@kernel()
def _lay_side_by_side(
    block: NDArray[Any], between: NDArray[Any], first: int
) -> None:  # pragma: no cover - compiled
    """Put columns (k, 2, M) between the passes, the group ``first`` and those after it."""
    wide = between.shape[3]
    for side in range(2):
        for group in range(-(-block.shape[0] // wide)):
            count = min(wide, block.shape[0] - group * wide)
            for r in range(between.shape[2]):
                for i in range(count):
                    between[side, first + group, r, i] = block[group * wide + i, side, r]


@kernel()
def _take_rows(
    between: NDArray[Any], first: int, out: NDArray[Any]
) -> None:  # pragma: no cover - compiled
    """Set ``out``, (k, N), to the rows from ``first`` on."""
    columns, wide = out.shape[1], between.shape[3]
    for group in range(between.shape[1]):
        left = group * wide
        count = min(wide, columns // 2 + 1 - left)
        for r in range(out.shape[0]):
            for i in range(count):
                out[r, left + i] = between[0, group, first + r, i]
            # Column 0 has no other, nor has N / 2.
            for i in range(1 if left == 0 else 0, min(count, (columns + 1) // 2 - left)):
                out[r, columns - left - i] = between[1, group, first + r, i]
