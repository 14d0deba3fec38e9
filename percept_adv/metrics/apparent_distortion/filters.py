"""The two filter banks of MAD, in the frequency domain.

Larson and Chandler, "Most apparent distortion: full-reference image quality assessment
and the role of strategy", J. Electronic Imaging 19(1) 011006, 2010: the contrast
sensitivity of section 3.1.1 and the log-Gabor filters of section 3.2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIENTATIONS = 4
SCALES = 5
_SHORTEST_WAVELENGTH = 3.0
_RADIAL_SIGMA = 0.55
_ANGULAR_SIGMA = np.pi / 6
# Filters of larger images are not kept: nine arrays of their size would stay in memory.
_LARGEST_KEPT = 2**21


class LogGaborBank(NamedTuple):
    """Filters as products: scale s and orientation o is ``radial[s] * angular[o]``.

    Both have the zero frequency where ``fft2`` puts it.
    """

    radial: NDArray[Any]
    """(5, M, N), from fine to coarse."""
    angular: NDArray[Any]
    """(4, M, N), at multiples of 45 degrees."""


def contrast_sensitivity(shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the contrast sensitivity function on the half plane of ``rfft2``.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    dtype : dtype
        Floating-point type of the result.

    Returns
    -------
    ndarray, (M, N // 2 + 1)

    Notes
    -----
    The authors' grid lies half a sample off the frequencies, and they take the real part
    of the filtered image. That is the filter's mean with its point reflection.
    """
    rows, columns = shape
    r = np.arange(rows)[:, None] - rows / 2 + 0.5
    c = np.arange(columns)[None, :] - columns / 2 + 0.5
    # Both axes are scaled by the number of columns, as in the authors' program.
    frequency = 64 / columns * np.hypot(r, c)
    oblique = frequency / (0.15 * np.cos(4 * np.arctan2(c, r)) + 0.85)
    scaled = 0.114 * oblique
    sensitivity = 2.6 * (0.0192 + scaled) * np.exp(-(scaled**1.1))
    sensitivity[oblique < 7.8909] = 0.9809
    shifted = scipy.fft.ifftshift(sensitivity)
    reflected = np.roll(shifted[::-1, ::-1], 1, axis=(0, 1))
    half: NDArray[Any] = ((shifted + reflected) / 2)[:, : columns // 2 + 1]
    return half.astype(dtype)


def log_gabor_bank(shape: tuple[int, int], dtype: np.dtype[Any]) -> LogGaborBank:
    """Return the log-Gabor filters; parameters as in `contrast_sensitivity`."""
    rows, columns = shape
    x = (np.arange(columns)[None, :] - columns / 2) / (columns / 2)
    y = (np.arange(rows)[:, None] - rows / 2) / (rows / 2)
    centre = int(rows / 2 + 0.5), int(columns / 2 + 0.5)
    radius = np.hypot(x, y)
    radius[centre] = 1
    logarithm = np.log(radius)
    angle = np.arctan2(-y, x)
    radial = np.empty((SCALES, rows, columns), dtype)
    angular = np.empty((ORIENTATIONS, rows, columns), dtype)
    for scale in range(SCALES):
        wavelength = _SHORTEST_WAVELENGTH * 3.0**scale
        offset = logarithm + np.log(wavelength / 2)
        gain = np.exp(-(offset**2) / (2 * np.log(_RADIAL_SIGMA) ** 2))
        gain[centre] = 0
        # fftshift, not its inverse: on odd sizes the authors' program is off by one.
        radial[scale] = scipy.fft.fftshift(gain)
    for orientation in range(ORIENTATIONS):
        turned = angle - orientation * np.pi / ORIENTATIONS
        turned = np.arctan2(np.sin(turned), np.cos(turned))
        gain = np.exp(-(turned**2) / (2 * _ANGULAR_SIGMA**2))
        angular[orientation] = scipy.fft.fftshift(gain)
    return LogGaborBank(radial, angular)


_kept_sensitivity = lru_cache(maxsize=2)(contrast_sensitivity)
_kept_bank = lru_cache(maxsize=2)(log_gabor_bank)


def shared_sensitivity(shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return `contrast_sensitivity`, kept for the next image of that size."""
    make = _kept_sensitivity if shape[0] * shape[1] <= _LARGEST_KEPT else contrast_sensitivity
    return make(shape, dtype)


def shared_bank(shape: tuple[int, int], dtype: np.dtype[Any]) -> LogGaborBank:
    """Return `log_gabor_bank`, kept for the next image of that size."""
    make = _kept_bank if shape[0] * shape[1] <= _LARGEST_KEPT else log_gabor_bank
    return make(shape, dtype)
