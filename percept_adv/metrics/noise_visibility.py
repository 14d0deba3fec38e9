"""PSNR weighted by how visible noise is at each pixel."""

from __future__ import annotations

from math import inf, log10
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from percept_adv.metrics.inputs import unit_values, usable_pair
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# D of the noise visibility function.
_TEXTURE_MASKING = 150.0
_HEIGHT = 64


def _local_variance(array: NDArray[Any], part: slice) -> NDArray[np.float64]:
    """Return the variance of the 3 x 3 windows of some rows, with zeros around the image."""
    first = max(0, part.start - 1)
    image = _side_by_side(array[first : part.stop + 1])
    mean = scipy.ndimage.uniform_filter(image, 3, mode="constant")
    square_mean = scipy.ndimage.uniform_filter(image * image, 3, mode="constant")
    variance: NDArray[np.float64] = np.maximum(square_mean - mean * mean, 0)
    return variance[part.start - first : part.stop - first]


def _side_by_side(image: NDArray[Any]) -> NDArray[np.float64]:
    """Lay the channels next to each other, as one grey image in levels 0..255."""
    levels = 255 * unit_values(image)
    return levels if levels.ndim == 2 else np.hstack(list(np.moveaxis(levels, 2, 0)))


@metric(
    order=11,
    title="wPSNR",
    better="higher",
    range=(0, inf),
    unit="dB",
    summary="PSNR with noise in textures counted less",
    source="Voloshynovskiy et al. 1999",
    uses={"evaluation"},
)
def wpsnr(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the noise-visibility weighted PSNR in dB; infinite where nothing visible differs.

    Noise counts less where the reference varies: Voloshynovskiy, Herrigel, Baumgaertner
    and Pun, "A stochastic approach to content adaptive digital image watermarking", 1999.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1]. The channels lie side by side in one image.

    Returns
    -------
    float
        Decibels for a peak of 1.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((16, 16))
    >>> changed = np.clip(image + 0.1, 0, 1)
    >>> percept_adv.metrics.wpsnr(image, changed) > percept_adv.metrics.psnr(image, changed)
    True
    """
    first, second = usable_pair(reference, image)
    parts = [slice(start, start + _HEIGHT) for start in range(0, len(first), _HEIGHT)]
    # The greatest variance has to be known before any row can be weighed.
    greatest = max(float(_local_variance(first, part).max()) for part in parts)
    scale = _TEXTURE_MASKING / greatest if greatest > 0 else 0.0
    error = most_visible = 0.0
    for part in parts:
        visibility = 1 / (1 + scale * _local_variance(first, part))
        most_visible = max(most_visible, float(visibility.max()))
        change = _side_by_side(first[part]) - _side_by_side(second[part])
        error += float(np.sum(visibility * change**2))
    error /= most_visible
    return 10 * log10(255.0**2 * first.size / error) if error > 0 else inf
