"""LO of MAD: how much a clearly visible distortion changes an image's appearance.

Larson and Chandler 2010, section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import scipy.fft

from percept_adv.compilation import kernel
from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.filters import ORIENTATIONS, SCALES, shared_bank
from percept_adv.metrics.apparent_distortion.moments import amplitude_cell_moments, window_moments
from percept_adv.threads import for_each_band, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALE_WEIGHTS = np.array((0.5, 0.75, 1.0, 5.0, 6.0)) / 13.25
_STATISTIC_WEIGHTS = (1.0, 2.0, 1.0)
_WEIGHTS = np.broadcast_to(
    _SCALE_WEIGHTS[:, None, None] * _STATISTIC_WEIGHTS, (SCALES, ORIENTATIONS, 3)
)
# A deviation below this many units in the last place of the brightest pixel is what
# the transforms leave of a constant; its skewness would be noise.
_ROUNDING_UNITS = 64
_SPARE_COLUMNS = 4


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


def _statistics(band: NDArray[Any], least_deviation: float) -> NDArray[Any]:
    """Return standard deviation, skewness and kurtosis of the amplitude, (3, R, C)."""
    moments = window_moments(amplitude_cell_moments(band))
    kind = moments.dtype.type
    _standardise(moments, kind(least_deviation**2), kind(256 / 255))
    return moments[:3]


@kernel()
def _weighted_change(
    statistics: NDArray[Any], others: NDArray[Any], weights: NDArray[Any]
) -> NDArray[Any]:  # pragma: no cover - compiled
    """Return the weighted sum of absolute differences over the first axis, (R, C)."""
    total = np.zeros(statistics.shape[1:], statistics.dtype)
    for i in range(statistics.shape[0]):
        for r in range(total.shape[0]):
            for c in range(total.shape[1]):
                total[r, c] += weights[i] * abs(statistics[i, r, c] - others[i, r, c])
    return total


@kernel()
def _filter(
    spectrum: NDArray[Any], radial: NDArray[Any], angular: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover - compiled
    """Multiply in one pass; numpy would first turn the real filters into complex ones."""
    for r in range(spectrum.shape[0]):
        for c in range(spectrum.shape[1]):
            gain = radial[r, c] * angular[r, c]
            value = spectrum[r, c]
            out[r, c] = complex(value.real * gain, value.imag * gain)


def _invert(band: NDArray[Any]) -> None:
    """Replace a spectrum by its inverse transform, not divided by the number of pixels.

    OpenCV's transform takes two thirds of the time of scipy's.
    """
    rows, columns = band.shape
    parts = band.view(band.real.dtype).reshape(rows, columns, 2)
    cv2.dft(parts, dst=parts, flags=cv2.DFT_INVERSE)


def _subband_statistics(levels: NDArray[Any]) -> NDArray[Any]:
    """Return the statistics of all sub-bands, (5, 4, 3, R, C)."""
    bank = shared_bank(levels.shape, levels.dtype)
    # Divided by the number of pixels here, not after each of the inverse transforms.
    spectrum = scipy.fft.fft2(levels, norm="forward", workers=thread_count())
    least_deviation = _ROUNDING_UNITS * float(np.finfo(levels.dtype).eps * levels.max())
    cells = (crop.cells_of(size) for size in levels.shape)
    out = np.empty((SCALES, ORIENTATIONS, 3, *cells), levels.dtype)

    def fill(start: int, stop: int) -> None:
        rows, columns = spectrum.shape
        # Rows a power of two apart would share cache sets; a few unused columns part them.
        band = np.empty((rows, columns + _SPARE_COLUMNS), spectrum.dtype)[:, :columns]
        for index in range(start, stop):
            scale, orientation = divmod(index, ORIENTATIONS)
            _filter(spectrum, bank.radial[scale], bank.angular[orientation], band)
            _invert(band)
            out[scale, orientation] = _statistics(band, least_deviation)

    for_each_band(fill, SCALES * ORIENTATIONS, band=2)
    return out


class AppearanceReference:
    """The reference's sub-band statistics, kept for any number of comparisons.

    Parameters
    ----------
    levels : ndarray, (M, N)
        Grey levels 0..255 in the precision of the computation.
    """

    def __init__(self, levels: NDArray[Any]) -> None:
        self._statistics = _subband_statistics(levels)

    def index(self, levels: NDArray[Any], *, block_size: int) -> float:
        """Return LO of the image with these grey levels, shape (M, N)."""
        found = _subband_statistics(levels)
        maps = (-1, *found.shape[-2:])
        total = _weighted_change(
            found.reshape(maps),
            self._statistics.reshape(maps),
            _WEIGHTS.ravel().astype(found.dtype),
        )
        rows, columns = (crop.pixels_per_cell(size, block_size) for size in levels.shape)
        energy = float(rows @ np.square(total, dtype=np.float64) @ columns)
        return float(np.sqrt(energy / crop.pixel_count(levels.shape, block_size)))
