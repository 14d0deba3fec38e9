"""Gradient magnitude similarity deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from percept_adv.metrics.inputs import luma_pair, require_side
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# T = 170 for levels 0..255.
_STABILITY = 170 / 255**2
_SMALLEST_SIDE = 4


def _halved(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average 2 x 2 pixels, with zeros beyond an odd side."""
    even = np.pad(image, [(0, side % 2) for side in image.shape])
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _gradient_energy(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared magnitude of the Prewitt gradient, with zeros around the image."""
    energy: NDArray[np.float64] = np.zeros_like(image)
    for axis in (0, 1):
        smooth = scipy.ndimage.correlate1d(image, [1 / 3] * 3, axis=1 - axis, mode="constant")
        energy += scipy.ndimage.correlate1d(smooth, [-1, 0, 1], axis=axis, mode="constant") ** 2
    return energy


@metric(
    order=30,
    title="GMSD",
    better="lower",
    range=(0, 1),
    summary="how unevenly gradients of the luma change",
    source="Xue, Zhang, Mou and Bovik 2014",
    uses={"evaluation"},
    smallest_side=_SMALLEST_SIDE,
)
def gmsd(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the gradient magnitude similarity deviation of the luma, 0 for identical images.

    Xue, Zhang, Mou and Bovik, "Gradient magnitude similarity deviation: a highly
    efficient perceptual image quality index", IEEE Trans. Image Processing 23(2), 2014.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ, a side is below 4 pixels, or the values are unusable.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((16, 16))
    >>> percept_adv.metrics.gmsd(image, image)
    0.0
    """
    pair = luma_pair(reference, image)
    require_side(pair[0].shape, _SMALLEST_SIDE, metric="GMSD")
    first, second = (_gradient_energy(_halved(luma)) for luma in pair)
    product = np.sqrt(first * second)
    similarity = (2 * product + _STABILITY) / (first + second + _STABILITY)
    return float(np.std(similarity, ddof=1))
