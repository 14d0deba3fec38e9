"""PSNR and SSIM, as scikit-image computes them."""

from __future__ import annotations

from math import inf, log10
from typing import TYPE_CHECKING

import numpy as np

# skimage.metrics itself, slow to import, is loaded by the first use.
import skimage

from percept_adv.metrics.inputs import bands, require_side
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SSIM_SIGMA = 1.5
_SSIM_WINDOW = 11


@metric(
    order=10,
    title="PSNR",
    better="higher",
    range=(0, inf),
    unit="dB",
    summary="peak signal to noise, infinite for identical images",
    source="scikit-image",
    uses={"command", "evaluation", "summary"},
)
def psnr(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the peak signal-to-noise ratio in dB; infinite for identical images.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

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
    >>> round(percept_adv.metrics.psnr(np.zeros((8, 8)), np.full((8, 8), 0.1)), 6)
    20.0
    """
    squares, count = 0.0, 0
    for first, second in bands(reference, image):
        mean = skimage.metrics.mean_squared_error(first, second)
        squares += float(mean) * first.size
        count += first.size
    return 10 * log10(count / squares) if squares else inf


@metric(
    order=20,
    title="SSIM",
    better="higher",
    range=(-1, 1),
    summary="structural similarity, mean over channels",
    source="Wang, Bovik, Sheikh and Simoncelli 2004, by scikit-image",
    uses={"command", "attack", "evaluation", "summary"},
    smallest_side=_SSIM_WINDOW,
)
def ssim(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the mean structural similarity (SSIM), 1 for identical images.

    Gaussian weights of sigma 1.5 and population covariances: Wang, Bovik, Sheikh and Simoncelli,
    "Image quality assessment", IEEE Trans. Image Processing 13(4), 2004; the mean over the channels
    of a colour image.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        -1 to 1.

    Raises
    ------
    ShapeError
        Also if a side is below 11 pixels, the width of the weights.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((16, 16))
    >>> round(percept_adv.metrics.ssim(image, np.clip(image + 0.1, 0, 1)), 3)
    0.985
    """
    require_side(np.shape(reference), _SSIM_WINDOW, metric="SSIM")
    total, count = 0.0, 0
    # Its mean leaves out the pixels whose window crosses a border: those of bands with a halo
    # are those of the image.
    for first, second in bands(reference, image, halo=_SSIM_WINDOW - 1):
        similarity = skimage.metrics.structural_similarity(  # type: ignore[no-untyped-call]
            first,
            second,
            data_range=1.0,
            gaussian_weights=True,
            sigma=_SSIM_SIGMA,
            use_sample_covariance=False,
            channel_axis=2 if first.ndim == 3 else None,
        )
        rows = len(first) - _SSIM_WINDOW + 1
        total += rows * float(similarity)
        count += rows
    return total / count
