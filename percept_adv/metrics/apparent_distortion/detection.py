"""HI of MAD: how visible a distortion near the threshold of detection is.

Larson and Chandler 2010, section 3.1, as their program of April 2010 computes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.fft

from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.filters import shared_sensitivity
from percept_adv.metrics.apparent_distortion.moments import cell_moments, doubled, window_moments
from percept_adv.threads import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SATURATION = 254.0
_LEAST_LUMINANCE = 0.5
_CONTRAST_FLOOR = -5.0


def _luminance(levels: NDArray[Any], *, eight_bit: bool) -> NDArray[Any]:
    """Turn grey levels into lightness; the authors' table for 8 bits ends at level 254."""
    shown = np.minimum(levels, _SATURATION) if eight_bit else levels
    lightness: NDArray[Any] = shown ** levels.dtype.type(2.2 / 3)
    lightness *= levels.dtype.type(0.02874)
    return lightness


def _seen(levels: NDArray[Any], *, eight_bit: bool) -> NDArray[Any]:
    """Pass the luminance through the contrast sensitivity function."""
    workers = thread_count()
    spectrum = scipy.fft.rfft2(_luminance(levels, eight_bit=eight_bit), workers=workers)
    spectrum *= shared_sensitivity(levels.shape, levels.dtype)
    seen: NDArray[Any] = scipy.fft.irfft2(spectrum, s=levels.shape, workers=workers)
    return seen


def _logarithm(values: NDArray[Any]) -> NDArray[Any]:
    """Natural logarithm in which 0 gives minus infinity without a warning."""
    with np.errstate(divide="ignore"):
        logarithm: NDArray[Any] = np.log(values)
    return logarithm


def _least_of_neighbours(deviation: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Take the minimum over each cell and its neighbours right, below and diagonal."""
    least = deviation
    for axis in (0, 1):
        index = np.arange(least.shape[axis])
        # The last window of a side that four divides is nobody's neighbour there.
        counts = 4 * index + 5 < shape[axis] - crop.WINDOW + 1
        beyond = np.take(least, np.where(counts, index + 1, index), axis=axis)
        least = np.minimum(least, beyond)
    return least


def _mean_square_error(difference: NDArray[Any], block_size: int) -> NDArray[Any]:
    """Return the local mean square error at the pixels of the crop."""
    squares = difference * difference
    before, after = block_size // 2 - 1, block_size // 2
    for axis in (0, 1):
        start, stop = crop.bounds(squares.shape[axis], block_size)
        moved = np.moveaxis(squares, axis, 0)
        squares = np.moveaxis(
            _window_sums(moved[start - before : stop + after], block_size), 0, axis
        )
    mean: NDArray[Any] = squares / squares.dtype.type(block_size**2)
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


class DetectionReference:
    """What HI needs of the reference, kept for any number of comparisons.

    Parameters
    ----------
    levels : ndarray, (M, N)
        Grey levels 0..255 in the precision of the computation.
    eight_bit : bool
        Whether the luminance saturates at level 254.
    """

    def __init__(self, levels: NDArray[Any], *, eight_bit: bool) -> None:
        self._levels = levels
        self._eight_bit = eight_bit
        self._seen = _seen(levels, eight_bit=eight_bit)
        small = doubled(cell_moments(self._seen), step=1)
        large = doubled(small, step=2)
        self._mean = large[0]
        rows, columns = self._mean.shape
        deviation = np.sqrt(small[1, :rows, :columns] * levels.dtype.type(64 / 63))
        least = _least_of_neighbours(deviation, levels.shape)
        self._visible = self._mean >= _LEAST_LUMINANCE
        self._divisor = np.where(self._visible, self._mean, levels.dtype.type(1))
        self._contrast = _logarithm(least / self._divisor)

    def index(self, levels: NDArray[Any], *, block_size: int) -> float:
        """Return HI (2010) of the image with these grey levels, shape (M, N)."""
        error = _seen(levels, eight_bit=self._eight_bit) - self._seen
        variance = window_moments(cell_moments(error))[1]
        deviation = np.sqrt(variance * levels.dtype.type(256 / 255))
        visibility = self._visibility(_logarithm(deviation / self._divisor))
        local_error = _mean_square_error(levels - self._levels, block_size)
        energy = crop.cell_sums(local_error * local_error, levels.shape, block_size)
        total = float(np.sum(visibility * visibility * energy, dtype=np.float64))
        return float(np.sqrt(total / crop.pixel_count(levels.shape, block_size)))

    def _visibility(self, contrast: NDArray[Any]) -> NDArray[Any]:
        """Return by how much the distortion's log contrast exceeds what masks it."""
        masked = self._contrast > _CONTRAST_FLOOR
        threshold = np.where(masked, self._contrast, _CONTRAST_FLOOR)
        exceeds = (contrast > threshold) & self._visible
        visibility: NDArray[Any] = np.zeros_like(contrast)
        np.subtract(contrast, threshold, out=visibility, where=exceeds)
        return visibility
