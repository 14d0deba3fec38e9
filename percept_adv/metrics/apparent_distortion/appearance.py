"""LO of MAD: how much a clearly visible distortion changes an image's appearance.

Larson and Chandler 2010, section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import scipy.fft
from numba import njit

from percept_adv.threads import for_each_band, thread_count

from . import crop
from .filters import ORIENTATIONS, SCALES, shared_bank
from .moments import amplitude_cell_moments, window_moments

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


def _statistics(band: NDArray[Any], least_deviation: float) -> NDArray[Any]:
    """Return standard deviation, skewness and kurtosis of the amplitude, (3, R, C)."""
    moments = window_moments(amplitude_cell_moments(band))
    variance = moments[1]
    varies = variance > least_deviation**2
    divisor = np.where(varies, variance, variance.dtype.type(1))
    moments[0] = np.sqrt(variance * variance.dtype.type(256 / 255))
    moments[1] = np.where(varies, moments[2] / (divisor * np.sqrt(divisor)), 0)
    moments[2] = np.where(varies, moments[3] / (divisor * divisor), 0)
    return moments[:3]


@njit(nogil=True, cache=True)
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
        change = _subband_statistics(levels)
        change -= self._statistics
        np.abs(change, out=change)
        total = np.tensordot(_WEIGHTS.astype(change.dtype), change, axes=3)
        rows, columns = (crop.pixels_per_cell(size, block_size) for size in levels.shape)
        energy = float(rows @ np.square(total, dtype=np.float64) @ columns)
        return float(np.sqrt(energy / crop.pixel_count(levels.shape, block_size)))
