"""Colour difference as the eye sees it, CIEDE2000, as scikit-image computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import skimage

from percept_adv.metrics.inputs import unit_pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def _lab(image: NDArray[np.float64]) -> NDArray[Any]:
    """Turn sRGB, or grey as sRGB with equal channels, into CIELAB."""
    rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    lab: NDArray[Any] = skimage.color.rgb2lab(rgb)
    return lab


def _differences(reference: ArrayLike, image: ArrayLike) -> NDArray[Any]:
    first, second = unit_pair(reference, image)
    differences: NDArray[Any] = skimage.color.deltaE_ciede2000(  # type: ignore[no-untyped-call]
        _lab(first), _lab(second)
    )
    return differences


def ciede2000(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the mean CIEDE2000 colour difference; about 1 is just noticeable.

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Research and
    Application 30(1), 2005.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        sRGB: 8-bit values, or floats in [0, 1].

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.
    """
    return float(np.mean(_differences(reference, image)))


def ciede2000_p99(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the 99th percentile of the pixels' differences; otherwise as `ciede2000`.

    A mean hides a few pixels of plainly wrong colour; this does not.
    """
    return float(np.percentile(_differences(reference, image), 99))
