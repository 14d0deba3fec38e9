"""Adversarial magnification: eq. 22 of Zhang et al., "Smooth Adversarial Examples" (2020)."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ParameterError
from percept_adv.magnification.bilateral import BAND, Weights
from percept_adv.magnification.combination import combine
from percept_adv.magnification.deviation import global_deviation
from percept_adv.threads import for_each_band, thread_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_BANDS_A_THREAD = 2
_FARTHEST = 2.0


def magnify(
    image: NDArray[Any],
    *,
    beta: float = 0.8,
    domain_sigma: float = 5.0,
    range_sigma: float = 0.2,
) -> NDArray[Any]:
    """Make faint noise visible: what an edge-preserving filter removes, over its local strength.

    ``mag(x) = (x - mu) / (beta * sigma_local + (1 - beta) * sigma_global)``, eq. 22 of
    Zhang et al. 2020: mu is the bilateral filter of x, sigma_local the deviation from it
    under the same weights, sigma_global the standard deviation of each channel.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, C from 1 to 4: floats in [0, 1], or levels of 8 or 16 bits,
        which are divided by the largest.
    beta
        From 0 (one divisor for the whole image) to 1 (local only).
    domain_sigma
        Of the filter's Gaussian of distance, in pixels.
    range_sigma
        Of the filter's Gaussian of colours, in units of the values.

    Returns
    -------
    ndarray
        The shape of ``image``, unscaled: around 0, mostly within [-3, 3]. float32 for
        float32 (to 1e-5 of the exact result), otherwise float64. 0 where both
        deviations are 0.

    Raises
    ------
    ParameterError
        If ``beta`` is outside [0, 1] or a sigma is not positive.
    ShapeError, ImageError
        If ``image`` is no image of 1 to 4 channels, holds NaN or Inf, or is far from [0, 1].

    Examples
    --------
    >>> image = np.full((32, 32), 0.5) + np.random.default_rng(0).normal(0, 1 / 255, (32, 32))
    >>> magnified = percept_adv.magnify(image)
    >>> magnified.shape, bool(magnified.std() > 0.5)
    ((32, 32), True)
    """
    if not (isinstance(beta, Real) and 0 <= beta <= 1):
        raise ParameterError(f"beta is {beta!r}: it must lie in [0, 1]")
    weights = _weights(image, domain_sigma, range_sigma)
    magnified = _mean_difference(weights)
    floor = (1 - beta) * global_deviation(weights.guide)

    def divide(start: int, stop: int, difference: NDArray[Any]) -> None:
        deviation = band_deviation(weights, difference, start, stop)
        band = magnified[start:stop]
        combine(band, deviation, floor, beta, band)

    _overwrite_bands(divide, magnified, weights)
    return magnified.reshape(np.shape(image))


def local_statistics(
    image: NDArray[Any], *, domain_sigma: float = 5.0, range_sigma: float = 0.2
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two local terms of eq. 22, for `magnify`'s image and sigmas.

    Parameters
    ----------
    image
        As for `magnify`.
    domain_sigma
        As for `magnify`.
    range_sigma
        As for `magnify`.

    Returns
    -------
    mean_difference, sigma_local : ndarray
        ``x - mu`` and ``sqrt(b_x((x - mu)^2))``, each of the shape of ``image``.

    Raises
    ------
    ParameterError, ShapeError, ImageError
        As `magnify`.

    Examples
    --------
    >>> from percept_adv.magnification import local_statistics
    >>> difference, deviation = local_statistics(np.full((8, 8), 0.5))
    >>> difference.shape, float(abs(deviation).max())
    ((8, 8), 0.0)
    """
    weights = _weights(image, domain_sigma, range_sigma)
    difference = _mean_difference(weights)
    deviation = np.empty_like(difference)

    def band(start: int, stop: int) -> None:
        rows = difference[weights.reach(start, stop)]
        deviation[start:stop] = band_deviation(weights, rows, start, stop)

    for_each_band(band, len(deviation), band=BAND)
    return difference.reshape(np.shape(image)), deviation.reshape(np.shape(image))


def _weights(image: NDArray[Any], domain_sigma: float, range_sigma: float) -> Weights:
    """Return the filter's weights; refuse an image on another scale than [0, 1]."""
    weights = Weights.of(image, domain_sigma, range_sigma)
    low, high = weights.guide.min(), weights.guide.max()
    # Noise may reach beyond [0, 1], and differences of images below 0: nothing is cut.
    if max(-low, high) > _FARTHEST:
        raise ImageError(
            f"the image has values from {low:.4g} to {high:.4g}: divide by the range, so that "
            "they lie in [0, 1], or give levels of 8 bits as uint8"
        )
    return weights


def band_deviation(
    weights: Weights, difference: NDArray[Any], start: int, stop: int
) -> NDArray[Any]:
    """Return sigma_local of a band, from the differences of the rows that it reaches."""
    # In scaled units, where squares of small differences do not underflow.
    scaled = difference * weights.scale
    np.square(scaled, out=scaled)
    deviation = weights.mean(scaled, start, stop)
    np.sqrt(deviation, out=deviation)
    deviation /= weights.scale
    return deviation


def _mean_difference(weights: Weights) -> NDArray[Any]:
    difference = np.empty_like(weights.guide)

    def band(start: int, stop: int) -> None:
        difference[start:stop] = weights.mean_difference(start, stop)

    for_each_band(band, len(difference), band=BAND)
    return difference


def _overwrite_bands(
    overwrite: Callable[[int, int, NDArray[Any]], None], rows: NDArray[Any], weights: Weights
) -> None:
    """Call ``overwrite(start, stop, around)`` for all bands of ``rows``.

    ``around`` are the rows that the band's windows reach, as they were before any band was
    overwritten. So many bands at a time that all threads have work and that few rows are
    held twice.
    """
    group = _BANDS_A_THREAD * thread_count() * BAND
    above = rows[:0]
    for first in range(0, len(rows), group):
        last = min(first + group, len(rows))
        reached = weights.reach(first, last)
        around = np.concatenate([above, rows[first : reached.stop]])
        above = around[
            weights.reach(last, last).start - reached.start : last - reached.start
        ].copy()

        def band(
            start: int, stop: int, first: int = first, offset: int = reached.start,
            around: NDArray[Any] = around,
        ) -> None:  # fmt: skip
            window = weights.reach(first + start, first + stop)
            part = around[window.start - offset : window.stop - offset]
            overwrite(first + start, first + stop, part)

        for_each_band(band, last - first, band=BAND)
