"""HI of MAD: how visible a distortion near the threshold of detection is.

Larson and Chandler 2010, section 3.1, as their program of April 2010 computes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.filters import shared_sensitivity
from percept_adv.metrics.apparent_distortion.local_error import local_error_energy
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
    from numpy.typing import NDArray

    from percept_adv.metrics.apparent_distortion.filters import ContrastSensitivity
    from percept_adv.metrics.apparent_distortion.spectra import Rows

_SATURATION = 254.0
_LEAST_LUMINANCE = 0.5
_CONTRAST_FLOOR = -5.0


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

        energy = local_error_energy(reference, image, self._kind, block_size)
        total = float(np.sum(visibility * visibility * energy, dtype=np.float64))
        return float(np.sqrt(total / crop.pixel_count(reference.shape, block_size)))

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

    def _visibility(self, contrast: NDArray[Any]) -> NDArray[Any]:
        """Return by how much the distortion's log contrast exceeds what masks it."""
        masked = self._contrast > _CONTRAST_FLOOR
        threshold = np.where(masked, self._contrast, _CONTRAST_FLOOR)
        exceeds = (contrast > threshold) & self._visible
        visibility: NDArray[Any] = np.zeros_like(contrast)
        np.subtract(contrast, threshold, out=visibility, where=exceeds)
        return visibility
