"""Structural similarity over five scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from percept_adv.metrics.inputs import BAND_PIXELS, luma_pair, require_side
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_RADIUS = 5
_SIGMA = 1.5
_LUMINANCE_CONSTANT = 0.01**2
_CONTRAST_CONSTANT = 0.03**2
# The coarsest of five scales still holds one window of 11 pixels.
_SMALLEST_SIDE = 2 * _RADIUS * 2 ** (len(_WEIGHTS) - 1) + 1


def _gaussian() -> NDArray[np.float64]:
    weights = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
    normalised: NDArray[np.float64] = weights / weights.sum()
    return normalised


def _local_mean(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh with the Gaussian where the whole window lies in the image."""
    for axis in (0, 1):
        image = scipy.ndimage.correlate1d(image, _gaussian(), axis=axis)
    return image[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]


def _halved(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average 2 x 2 pixels; the last row or column of an odd side counts twice."""
    even = np.pad(image, [(0, side % 2) for side in image.shape], mode="symmetric")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _similarities(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[float, float]:
    """Return the means of SSIM and of its contrast-structure factor at one scale."""
    rows, totals = first.shape[0] - 2 * _RADIUS, np.zeros(2)
    height = max(1, BAND_PIXELS // first.shape[1])
    for start in range(0, rows, height):
        part = slice(start, min(start + height, rows) + 2 * _RADIUS)
        totals += _row_sums(first[part], second[part])
    similarity, contrast = totals / (rows * (first.shape[1] - 2 * _RADIUS))
    return float(similarity), float(contrast)


def _row_sums(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[float, float]:
    """Return the sums of both over the windows that lie in a band of rows."""
    mean_first, mean_second = _local_mean(first), _local_mean(second)
    covariance = _local_mean(first * second) - mean_first * mean_second
    energy = _local_mean(first * first + second * second) - mean_first**2 - mean_second**2
    contrast = (2 * covariance + _CONTRAST_CONSTANT) / (energy + _CONTRAST_CONSTANT)
    luminance = (2 * mean_first * mean_second + _LUMINANCE_CONSTANT) / (
        mean_first**2 + mean_second**2 + _LUMINANCE_CONSTANT
    )
    return float(np.sum(luminance * contrast)), float(np.sum(contrast))


@metric(
    order=21,
    title="MS-SSIM",
    better="higher",
    range=(0, 1),
    summary="structural similarity of the luma over five scales",
    source="Wang, Simoncelli and Bovik 2003",
    smallest_side=_SMALLEST_SIDE,
)
def ms_ssim(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the multi-scale structural similarity of the luma, 1 for identical images.

    Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality
    assessment", Asilomar Conference on Signals, Systems and Computers, 2003. A scale
    whose mean similarity is negative counts as 0.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ, a side is below 161 pixels, or the values are unusable.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((176, 176))
    >>> round(percept_adv.metrics.ms_ssim(image, image), 6)
    1.0
    """
    first, second = luma_pair(reference, image)
    require_side(first.shape, _SMALLEST_SIDE, metric="MS-SSIM")
    product = 1.0
    for weight in _WEIGHTS[:-1]:
        product *= max(_similarities(first, second)[1], 0.0) ** weight
        first, second = _halved(first), _halved(second)
    return float(product * max(_similarities(first, second)[0], 0.0) ** _WEIGHTS[-1])
