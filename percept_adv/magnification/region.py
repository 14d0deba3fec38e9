"""Magnifying a part of an image exactly as it is in the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from percept_adv.magnification.bilateral import BAND, Weights, as_channels, half_width
from percept_adv.magnification.combination import combine
from percept_adv.magnification.magnifier import band_deviation
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Weights in a band: some hundredths of a second, after which others may have their turn.
_WEIGHTS_A_BAND = 2e7
_FEWEST_ROWS = 4


class EachBand(Protocol):
    """Calls a function for bands of rows, as `percept_adv.threads.for_each_band`."""

    def __call__(self, function: Callable[[int, int], None], rows: int, *, band: int) -> None:
        """Call ``function(start, stop)`` for bands of at most ``band`` of ``rows`` rows."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image.

    Attributes
    ----------
    top, bottom
        Rows, the second excluded.
    left, right
        Columns, the second excluded.
    """

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the region in an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin: int, shape: tuple[int, ...]) -> Region:
        """Return the region with a margin, cut at the borders of an image of a shape.

        Parameters
        ----------
        margin
            Pixels on each side.
        shape
            Of the image; its first two sizes count.

        Returns
        -------
        Region
            Within the image.
        """
        return Region(
            max(0, self.top - margin),
            min(shape[0], self.bottom + margin),
            max(0, self.left - margin),
            min(shape[1], self.right + margin),
        )

    def within(self, outer: Region) -> tuple[slice, slice]:
        """Index of the region in an array that holds ``outer``.

        Parameters
        ----------
        outer
            A region that holds this one.

        Returns
        -------
        tuple of slice
            Rows and columns.
        """
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )


@dataclass(frozen=True, slots=True)
class LocalTerms:
    """The two local terms of eq. 22 over a region: all of it that depends on the sigmas.

    Attributes
    ----------
    difference, deviation
        ``x - mu`` and sigma_local, ``(H, W)`` or ``(H, W, C)``.
    """

    difference: NDArray[Any]
    deviation: NDArray[Any]

    @classmethod
    def of(
        cls,
        image: NDArray[Any],
        region: Region,
        *,
        domain_sigma: float,
        range_sigma: float,
        each_band: EachBand = for_each_band,
    ) -> LocalTerms:
        """Compute them from the region and what its windows' windows reach.

        Parameters
        ----------
        image
            The whole image, ``(H, W)`` or ``(H, W, C)``; integer samples are divided by the
            greatest value of their type, which costs nothing but the region's memory.
        region
            The wanted part.
        domain_sigma, range_sigma
            As in `magnify`.
        each_band
            Who calls for each band of rows, and may raise to end it all.

        Raises
        ------
        ParameterError, ShapeError, ImageError
            As `magnify`.
        """
        # The deviation averages differences, which average pixels: two windows.
        half = half_width(domain_sigma)
        reached, around = (region.grown(times * half, image.shape) for times in (2, 1))
        part = as_channels(_floats(image[reached.slices]))
        rows, columns = around.within(reached)
        weights = Weights.of(part, domain_sigma, range_sigma)
        difference = np.empty_like(part[rows, columns])

        def differ(start: int, stop: int) -> None:
            band = weights.mean_difference(rows.start + start, rows.start + stop)
            difference[start:stop] = band[:, columns]

        each_band(differ, len(difference), band=_rows_of_band(weights))
        inner_rows, inner_columns = region.within(around)
        nearer = Weights.of(part[rows, columns], domain_sigma, range_sigma)
        size = (region.bottom - region.top, region.right - region.left)
        deviation = np.empty((*size, part.shape[2]), part.dtype)

        def deviate(start: int, stop: int) -> None:
            bounds = inner_rows.start + start, inner_rows.start + stop
            band = band_deviation(nearer, difference[nearer.reach(*bounds)], *bounds)
            deviation[start:stop] = band[:, inner_columns]

        each_band(deviate, len(deviation), band=_rows_of_band(nearer))
        shape = (*size, *image.shape[2:])
        inner = difference[inner_rows, inner_columns]
        return cls(np.ascontiguousarray(inner).reshape(shape), deviation.reshape(shape))

    def magnified(self, sigma_global: tuple[float, ...], *, beta: float) -> NDArray[Any]:
        """Return the magnified signal: eq. 22, with the whole image's sigma_global.

        Parameters
        ----------
        sigma_global
            Of the whole image, one for each channel; see `channel_deviations`.
        beta
            As in `magnify`.

        Returns
        -------
        ndarray
            The shape of ``difference``, unscaled.
        """
        shape, dtype = self.difference.shape, self.difference.dtype
        floor = ((1 - beta) * np.asarray(sigma_global)).astype(dtype)
        signal = np.empty((*shape[:2], len(floor)), dtype)
        difference, deviation = self.difference, self.deviation
        combine(
            difference.reshape(signal.shape), deviation.reshape(signal.shape), floor, beta, signal
        )
        return signal.reshape(shape)


def magnify_region(
    image: NDArray[Any],
    region: Region,
    sigma_global: tuple[float, ...],
    *,
    beta: float = 0.8,
    domain_sigma: float = 5.0,
    range_sigma: float = 0.2,
) -> NDArray[Any]:
    """Return ``magnify(image)[region.slices]`` without computing the rest.

    Parameters
    ----------
    image
        See `LocalTerms.of`.
    region
        See `LocalTerms.of`.
    sigma_global
        Of the whole image, by `channel_deviations`.
    beta
        As in `magnify`.
    domain_sigma
        As in `magnify`.
    range_sigma
        As in `magnify`.

    Returns
    -------
    ndarray
        ``(H, W)`` or ``(H, W, C)``, equal to the part of the whole to rounding.

    Raises
    ------
    ParameterError
        If a sigma is not positive.
    ShapeError, ImageError
        As `magnify`.

    Examples
    --------
    >>> from percept_adv.magnification import Region, channel_deviations, magnify_region
    >>> image = np.random.default_rng(0).random((64, 64))
    >>> part = magnify_region(image, Region(8, 16, 0, 32), channel_deviations(image))
    >>> bool(np.allclose(part, percept_adv.magnify(image)[8:16, :32]))
    True
    """
    terms = LocalTerms.of(image, region, domain_sigma=domain_sigma, range_sigma=range_sigma)
    return terms.magnified(sigma_global, beta=beta)


def _rows_of_band(weights: Weights) -> int:
    rows = _WEIGHTS_A_BAND / (weights.guide.shape[1] * weights.taps.size)
    return max(_FEWEST_ROWS, min(BAND, int(rows)))


def _floats(samples: NDArray[Any]) -> NDArray[Any]:
    if samples.dtype.kind == "f":
        return samples
    return samples.astype(np.float32) / np.float32(np.iinfo(samples.dtype).max)
