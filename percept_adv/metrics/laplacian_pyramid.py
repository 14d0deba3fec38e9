"""Normalised Laplacian pyramid distance.

Laparra, Ballé, Berardino and Simoncelli, "Perceptual image quality assessment using a
normalized Laplacian pyramid", Human Vision and Electronic Imaging, 2016.
"""

from __future__ import annotations

from itertools import starmap
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from percept_adv.metrics.inputs import luma_pair
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

_BLUR = (0.05, 0.25, 0.4, 0.25, 0.05)


class _Normalisation(NamedTuple):
    """Constant and neighbours' weights, fitted to photographs, that divide one band."""

    constant: float
    above: float
    left: float
    right: float
    below: float

    def applied(self, band: NDArray[np.float64]) -> NDArray[np.float64]:
        """Divide each value by the weighted amplitude of its neighbours."""
        kernel = [[0, self.above, 0], [self.left, 0, self.right], [0, self.below, 0]]
        amplitude = scipy.ndimage.convolve(np.abs(band), kernel, mode="constant")
        normalised: NDArray[np.float64] = band / (self.constant + amplitude)
        return normalised


# The parameters that the paper's authors published, from the finest band to the lowpass.
_BANDS = (
    _Normalisation(0.0248, 0.1011, 0.1493, 0.1460, 0.1015),
    _Normalisation(0.0185, 0.0757, 0.1986, 0.1846, 0.0837),
    _Normalisation(0.0179, 0.0477, 0.2138, 0.2243, 0.0467),
    _Normalisation(0.0191, 0.0, 0.2503, 0.2616, 0.0),
    _Normalisation(0.0220, 0.0, 0.2598, 0.2552, 0.0),
)
_LOWPASS = _Normalisation(0.2782, 0.0, 0.2215, 0.0717, 0.0)


def _halved(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blur and keep every second pixel."""
    for axis in (0, 1):
        image = scipy.ndimage.correlate1d(image, _BLUR, axis=axis, mode="reflect")
    return image[::2, ::2]


def _doubled(image: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Interpolate to ``shape`` with the blur's own weights, edges repeated."""
    outer, inner, centre = (2 * weight for weight in _BLUR[:3])
    for axis in (0, 1):
        moved = np.moveaxis(image, axis, 0)
        padded = np.pad(moved, [(1, 1), (0, 0)], mode="edge")
        wide = np.empty((2 * moved.shape[0], moved.shape[1]))
        wide[::2] = centre * moved + outer * (padded[:-2] + padded[2:])
        wide[1::2] = inner * (moved + padded[2:])
        image = np.moveaxis(wide[: shape[axis]], 0, axis)
    return image


def _normalised_bands(image: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield the normalised bands of the pyramid, from fine to coarse."""
    for normalisation in _BANDS:
        coarse = _halved(image)
        yield normalisation.applied(image - _doubled(coarse, image.shape))
        image = coarse
    yield _LOWPASS.applied(image)


def _root_mean_square(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((first - second) ** 2)))


@metric(
    order=31,
    title="NLPD",
    better="lower",
    range=(0, inf),
    summary="distance of locally normalised Laplacian pyramids of the luma",
    source="Laparra, Ballé, Berardino and Simoncelli 2016",
    bytes_per_pixel=90,
)
def nlpd(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the normalised Laplacian pyramid distance of the luma, 0 for identical images.

    The mean over six bands of the root mean square difference.

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
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((16, 16))
    >>> percept_adv.metrics.nlpd(image, image)
    0.0
    """
    bands = zip(*map(_normalised_bands, luma_pair(reference, image)), strict=True)
    return float(np.mean(list(starmap(_root_mean_square, bands))))
