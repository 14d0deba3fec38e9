"""PSNR weighted by how visible noise is at each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import uniform_filter

from percept_adv.metrics.inputs import unit_values, usable_pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# D of the noise visibility function.
_TEXTURE_MASKING = 150.0


def _local_variance(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of 3 x 3 windows, with zeros around the image."""
    mean = uniform_filter(image, 3, mode="constant")
    square_mean = uniform_filter(image * image, 3, mode="constant")
    variance: NDArray[np.float64] = np.maximum(square_mean - mean * mean, 0)
    return variance


def _side_by_side(image: NDArray[Any]) -> NDArray[np.float64]:
    """Lay the channels next to each other, as one grey image in levels 0..255."""
    levels = 255 * unit_values(image)
    return levels if levels.ndim == 2 else np.hstack(list(np.moveaxis(levels, 2, 0)))


def wpsnr(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the noise-visibility weighted PSNR in dB; infinite where nothing visible differs.

    Noise counts less where the reference varies: Voloshynovskiy, Herrigel, Baumgaertner
    and Pun, "A stochastic approach to content adaptive digital image watermarking", 1999.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1]. The channels lie side by side in one image.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.
    """
    first, second = (_side_by_side(array) for array in usable_pair(reference, image))
    variance = _local_variance(first)
    greatest = variance.max()
    scale = _TEXTURE_MASKING / greatest if greatest > 0 else 0.0
    visibility = 1 / (1 + scale * variance)
    visibility /= visibility.max()
    error = float(np.sum(visibility * (first - second) ** 2))
    return float(10 * np.log10(255.0**2 * first.size / error)) if error > 0 else float("inf")
