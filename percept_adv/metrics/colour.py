"""Colour difference as the eye sees it, CIEDE2000, as scikit-image computes it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import skimage

from percept_adv.metrics.inputs import bands
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

_SOURCE = "Sharma, Wu and Dalal 2005, by scikit-image"


def _lab(image: NDArray[np.float64]) -> NDArray[Any]:
    """Turn sRGB, or grey as sRGB with equal channels, into CIELAB."""
    rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    lab: NDArray[Any] = skimage.color.rgb2lab(rgb)
    return lab


def _differences(reference: ArrayLike, image: ArrayLike) -> Iterator[NDArray[Any]]:
    for first, second in bands(reference, image):
        yield skimage.color.deltaE_ciede2000(  # type: ignore[no-untyped-call]
            _lab(first), _lab(second)
        )


@metric(
    order=40,
    title="CIEDE2000",
    better="lower",
    range=(0, inf),
    unit="Delta E",
    summary="mean colour difference",
    source=_SOURCE,
    uses={"command", "evaluation", "summary"},
)
def ciede2000(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the mean CIEDE2000 colour difference; about 1 is just noticeable.

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Research and
    Application 30(1), 2005.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        sRGB: 8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> red, darker = np.full((4, 4, 3), [1.0, 0, 0]), np.full((4, 4, 3), [0.9, 0, 0])
    >>> round(percept_adv.metrics.ciede2000(red, darker), 1)
    5.5
    """
    total, count = 0.0, 0
    for part in _differences(reference, image):
        total += float(part.sum())
        count += part.size
    return total / count


@metric(
    order=41,
    title="CIEDE2000 p99",
    better="lower",
    range=(0, inf),
    unit="Delta E",
    summary="99th percentile of the colour differences",
    source=_SOURCE,
)
def ciede2000_p99(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the 99th percentile of the pixels' CIEDE2000 differences.

    A mean hides a few pixels of plainly wrong colour; this does not. See `ciede2000`.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        sRGB: 8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> image = np.full((4, 4, 3), 0.5)
    >>> percept_adv.metrics.ciede2000_p99(image, image)
    0.0
    """
    parts = [part.ravel() for part in _differences(reference, image)]
    return float(np.percentile(np.concatenate(parts), 99, overwrite_input=True))
