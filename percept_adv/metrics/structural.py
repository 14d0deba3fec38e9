"""PSNR and SSIM, as scikit-image computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

# skimage.metrics itself, slow to import, is loaded by the first use.
import skimage

from percept_adv.metrics.inputs import require_side, unit_pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SSIM_SIGMA = 1.5
_SSIM_WINDOW = 11


def psnr(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the peak signal-to-noise ratio in dB; infinite for identical images.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.
    """
    first, second = unit_pair(reference, image)
    if np.array_equal(first, second):
        return float("inf")
    ratio = skimage.metrics.peak_signal_noise_ratio(first, second, data_range=1.0)  # type: ignore[no-untyped-call]
    return float(ratio)


def ssim(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the mean structural similarity, 1 for identical images; parameters as in `psnr`.

    Gaussian weights of sigma 1.5 and population covariances: Wang, Bovik, Sheikh and
    Simoncelli, "Image quality assessment", IEEE Trans. Image Processing 13(4), 2004;
    the mean over the channels of a colour image.

    Raises
    ------
    ShapeError
        Also if a side is below 11 pixels, the width of the weights.
    """
    first, second = unit_pair(reference, image)
    require_side(first.shape, _SSIM_WINDOW, metric="SSIM")
    similarity = skimage.metrics.structural_similarity(  # type: ignore[no-untyped-call]
        first,
        second,
        data_range=1.0,
        gaussian_weights=True,
        sigma=_SSIM_SIGMA,
        use_sample_covariance=False,
        channel_axis=2 if first.ndim == 3 else None,
    )
    return float(similarity)
