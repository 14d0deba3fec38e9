"""LO of MAD: how much a clearly visible distortion changes an image's appearance.

Larson and Chandler 2010, section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from percept_adv.compilation import kernel
from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.filters import SCALES, shared_bank
from percept_adv.metrics.apparent_distortion.moments import CELL, window_moments
from percept_adv.metrics.apparent_distortion.spectra import half_spectrum
from percept_adv.metrics.apparent_distortion.subbands import SubbandFilter
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SCALE_WEIGHTS = np.array((0.5, 0.75, 1.0, 5.0, 6.0)) / 13.25
_STATISTIC_WEIGHTS = np.array((1.0, 2.0, 1.0))
# Neighbours share what is kept of large filters: their radial part, and their angles, which
# two right orientations or two oblique ones have in common.
_SUBBANDS = [(o, s) for pair in ((0, 2), (1, 3)) for s in range(SCALES) for o in pair]
# A deviation below this many units in the last place of the brightest pixel is what
# the transforms leave of a constant; its skewness would be noise.
_ROUNDING_UNITS = 64
_BAND = 64
_LARGEST_KEPT = 2**21


@kernel()
def _standardise(
    moments: NDArray[Any], least_variance: Any, unbiased: Any
) -> None:  # pragma: no cover - compiled
    """Turn the moments into standard deviation, skewness and kurtosis, in place."""
    for r in range(moments.shape[1]):
        for c in range(moments.shape[2]):
            variance = moments[1, r, c]
            varies = variance > least_variance
            divisor = variance if varies else unbiased
            skewness = moments[2, r, c] / (divisor * np.sqrt(divisor))
            kurtosis = moments[3, r, c] / (divisor * divisor)
            moments[0, r, c] = np.sqrt(variance * unbiased)
            moments[1, r, c] = skewness if varies else 0
            moments[2, r, c] = kurtosis if varies else 0


@kernel()
def _add_weighted_change(
    statistics: NDArray[Any], others: NDArray[Any], weights: NDArray[Any], total: NDArray[Any]
) -> None:  # pragma: no cover - compiled
    """Add the weighted sum of absolute differences over the first axis to ``total``, (R, C)."""
    for i in range(statistics.shape[0]):
        for r in range(total.shape[0]):
            for c in range(total.shape[1]):
                total[r, c] += weights[i] * abs(statistics[i, r, c] - others[i, r, c])


class Analysis(NamedTuple):
    """An image, ready to be filtered; its levels are needed no more."""

    spectrum: NDArray[Any]
    least_deviation: float
    """What rounding may leave of the standard deviation of a constant."""

    @classmethod
    def of(cls, levels: NDArray[Any]) -> Analysis:
        """Transform an image."""
        rounding = float(np.finfo(levels.dtype).eps * levels.max())
        return cls(half_spectrum(levels), _ROUNDING_UNITS * rounding)

    def statistics(self, subbands: SubbandFilter, out: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield the statistics of all sub-bands in ``out``, (3, R, C), one after the other."""
        for cells in subbands.cell_moments(self.spectrum):
            _put_window_statistics(cells, self.least_deviation, out)
            yield out


def _put_window_statistics(cells: NDArray[Any], least_deviation: float, out: NDArray[Any]) -> None:
    """Put standard deviation, skewness and kurtosis of the windows into ``out``, (3, R, C)."""
    kind = cells.dtype.type

    def fill(start: int, stop: int) -> None:
        moments = window_moments(cells[:, start : stop + crop.WINDOW // CELL - 1])
        _standardise(moments, kind(least_deviation**2), kind(256 / 255))
        out[:, start:stop] = moments[:3]

    for_each_band(fill, out.shape[1], band=_BAND)


class AppearanceReference:
    """What LO needs of the reference, kept for any number of comparisons.

    Parameters
    ----------
    levels : ndarray, (M, N)
        Grey levels 0..255 in the precision of the computation.
    """

    def __init__(self, levels: NDArray[Any]) -> None:
        self._analysis = Analysis.of(levels)
        self._shape, self._kind = (len(levels), levels.shape[1]), levels.dtype
        self._kept: list[NDArray[Any]] | None = None
        # Of larger images they would take more memory than is left to the comparison.
        if levels.size <= _LARGEST_KEPT:
            self._kept = [one.copy() for one in self._statistics(self._analysis, self._subbands())]

    def index(self, image: Analysis, *, block_size: int) -> float:
        """Return LO of an image of the reference's shape."""
        shape, subbands = self._shape, self._subbands()
        own = self._kept or self._statistics(self._analysis, subbands)
        total = np.zeros(self._windows, self._kind)
        each = zip(_SUBBANDS, own, self._statistics(image, subbands), strict=True)
        for (_, scale), one, other in each:
            weights = _SCALE_WEIGHTS[scale] * _STATISTIC_WEIGHTS
            _add_weighted_change(one, other, weights.astype(self._kind), total)
        rows, columns = (crop.pixels_per_cell(size, block_size) for size in shape)
        energy = float(rows @ np.square(total, dtype=np.float64) @ columns)
        return float(np.sqrt(energy / crop.pixel_count(shape, block_size)))

    @property
    def _windows(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        rows, columns = self._shape
        return crop.cells_of(rows), crop.cells_of(columns)

    def _statistics(self, image: Analysis, subbands: SubbandFilter) -> Iterator[NDArray[Any]]:
        """Yield the statistics of an image's sub-bands, all in one and the same array."""
        return image.statistics(subbands, np.empty((3, *self._windows), self._kind))

    def _subbands(self) -> SubbandFilter:
        bank = shared_bank(self._shape, self._kind)
        return SubbandFilter(self._shape, bank, self._analysis.spectrum.dtype, _SUBBANDS)
