"""HI of MAD: how visible a distortion near the threshold of detection is.

Larson and Chandler 2010, section 3.1, as their program of April 2010 computes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.filters import shared_sensitivity
from percept_adv.metrics.apparent_distortion.moments import (
    CELL,
    cell_moments,
    doubled,
    window_moments,
)
from percept_adv.metrics.apparent_distortion.spectra import (
    across_rows,
    block_of,
    invert,
    transform,
)
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.metrics.apparent_distortion.filters import ContrastSensitivity
    from percept_adv.metrics.apparent_distortion.spectra import Rows

_SATURATION = 254.0
_LEAST_LUMINANCE = 0.5
_CONTRAST_FLOOR = -5.0
_BAND = 128


def _luminance(levels: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    """Turn grey levels into lightness; the authors' table for 8 bits ends at level 254."""
    if levels.dtype == np.uint8:
        table = _lightness(np.minimum(np.arange(256, dtype=kind), _SATURATION))
        lightness: NDArray[Any] = np.take(table, levels)
        return lightness
    return _lightness(levels.astype(kind))


def _lightness(levels: NDArray[Any]) -> NDArray[Any]:
    """Replace grey levels by their lightness."""
    np.power(levels, levels.dtype.type(2.2 / 3), out=levels)
    levels *= levels.dtype.type(0.02874)
    return levels


def _seen(rows_of: Rows, shape: tuple[int, int], sensitivity: ContrastSensitivity) -> NDArray[Any]:
    """Return the moments of the cells of what is seen of a luminance, or of a difference of two.

    Only the transform is ever stored whole.
    """
    rows, columns = shape
    spectrum = across_rows(rows_of, shape, sensitivity.dtype)

    def weigh(start: int, stop: int) -> None:
        block = spectrum[start:stop]
        transform(block)
        block *= sensitivity.band(start, stop)
        invert(block)

    for_each_band(weigh, len(spectrum), band=block_of(rows))
    cells = np.empty((4, rows // CELL, columns // CELL), sensitivity.dtype)
    height = block_of(columns, multiple=CELL)

    def back(start: int, stop: int) -> None:
        block = spectrum[:, CELL * start : CELL * stop].T
        seen = np.fft.irfft(block, n=columns, axis=1, norm="forward")
        seen /= rows
        cells[:, start:stop] = cell_moments(seen)

    for_each_band(back, rows // CELL, band=height // CELL)
    return cells


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
    (top, bottom), (left, right) = (crop.bounds(n, block_size) for n in difference.shape)
    before, after = block_size // 2 - 1, block_size // 2
    mean = np.empty((bottom - top, right - left), difference.dtype)

    def work(start: int, stop: int) -> None:
        rows = difference[top + start - before : top + stop + after, left - before : right + after]
        down = _window_sums(rows * rows, block_size)
        across = _window_sums(down.T, block_size).T
        np.divide(across, block_size**2, out=mean[start:stop])

    for_each_band(work, len(mean), band=_BAND)
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
        Grey levels 0..255, see `grey_levels`; not kept. The luminance of those of 8 bits
        saturates at level 254.
    kind : dtype
        The precision of the computation.
    """

    def __init__(self, levels: NDArray[Any], kind: np.dtype[Any]) -> None:
        self._kind, self._sensitivity = kind, shared_sensitivity(levels.shape, kind)
        cells = _seen(
            lambda start, stop: _luminance(levels[start:stop], kind),
            levels.shape,
            self._sensitivity,
        )
        small = doubled(cells, step=1)
        large = doubled(small, step=2)
        mean = large[0]
        rows, columns = mean.shape
        deviation = np.sqrt(small[1, :rows, :columns] * kind.type(64 / 63))
        least = _least_of_neighbours(deviation, levels.shape)
        self._visible = mean >= _LEAST_LUMINANCE
        self._divisor = np.where(self._visible, mean, kind.type(1))
        self._contrast = _logarithm(least / self._divisor)

    def index(self, reference: NDArray[Any], image: NDArray[Any], *, block_size: int) -> float:
        """Return HI (2010) of an image, both as grey levels."""
        visibility = self._visibility(self._contrast_of_error(reference, image))

        def difference(rows: slice) -> NDArray[Any]:
            change: NDArray[Any] = np.subtract(image[rows], reference[rows], dtype=np.float64)
            return change

        shape = reference.shape
        local_error = _mean_square_error(self._by_bands(difference, shape), block_size)
        local_error *= local_error
        energy = crop.cell_sums(local_error, shape, block_size)
        total = float(np.sum(visibility * visibility * energy, dtype=np.float64))
        return float(np.sqrt(total / crop.pixel_count(shape, block_size)))

    def _contrast_of_error(self, reference: NDArray[Any], image: NDArray[Any]) -> NDArray[Any]:
        """Return C_d, the log contrast of what is seen of the distortion."""

        def change(start: int, stop: int) -> NDArray[Any]:
            lightness = _luminance(image[start:stop], self._kind)
            lightness -= _luminance(reference[start:stop], self._kind)
            return lightness

        # The filter is linear: what is seen of the difference is the difference of what is seen.
        variance = window_moments(_seen(change, reference.shape, self._sensitivity))[1]
        deviation = np.sqrt(variance * self._kind.type(256 / 255))
        return _logarithm(deviation / self._divisor)

    def _by_bands(
        self, make: Callable[[slice], NDArray[Any]], shape: tuple[int, ...]
    ) -> NDArray[Any]:
        """Return an array of which ``make`` gives bands of rows: they need more memory than it."""
        whole = np.empty(shape, self._kind)

        def fill(start: int, stop: int) -> None:
            whole[start:stop] = make(slice(start, stop))

        for_each_band(fill, shape[0], band=_BAND)
        return whole

    def _visibility(self, contrast: NDArray[Any]) -> NDArray[Any]:
        """Return by how much the distortion's log contrast exceeds what masks it."""
        masked = self._contrast > _CONTRAST_FLOOR
        threshold = np.where(masked, self._contrast, _CONTRAST_FLOOR)
        exceeds = (contrast > threshold) & self._visible
        visibility: NDArray[Any] = np.zeros_like(contrast)
        np.subtract(contrast, threshold, out=visibility, where=exceeds)
        return visibility
