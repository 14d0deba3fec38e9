"""Exact bilateral and joint bilateral filters, streamed in bands of rows.

The filters of "Smooth Adversarial Examples" (Zhang et al., EURASIP J. Information
Security 2020), appendix A: the range distance is Euclidean over all channels, the
window is a square cut at the border and renormalised there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ParameterError, ShapeError
from percept_adv.images import checked_image
from percept_adv.magnification.kernel import MAX_HALF_WIDTH, UNROLLED, filter_band
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND = 64
_QUANTILE = 2.3263  # of the normal distribution at 99 %
_LOG2_E = math.log2(math.e)
# Far under the least exponent of both precisions.
_NO_WEIGHT = -1e4
_LEVELS = (np.uint8, np.uint16)


def half_width(domain_sigma: float) -> int:
    """Return how far the window reaches: the 99 % quantile of the domain kernel."""
    return math.ceil(_QUANTILE * domain_sigma)


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights between the pixels of one guide, in the form that the kernel takes.

    Attributes
    ----------
    guide
        ``(H, W, C)``, float32 or float64.
    taps, scale, outside
        See `percept_adv.magnification.kernel.filter_band`.
    """

    guide: NDArray[Any]
    taps: NDArray[Any]
    scale: Any
    outside: Any

    @classmethod
    def of(cls, guide: NDArray[Any], domain_sigma: float, range_sigma: float) -> Weights:
        """Check the parameters and prepare the weights.

        Raises
        ------
        ParameterError
            If a sigma is not positive, or the window is too wide.
        ShapeError, ImageError
            If the guide is no image of 1 to 4 channels, or holds NaN or Inf.
        """
        _check_sigma("domain_sigma", domain_sigma)
        _check_sigma("range_sigma", range_sigma)
        image = as_channels(_unit_values(guide))
        # More would only reach beyond the borders of the image.
        half = min(half_width(domain_sigma), max(image.shape[:2]) - 1)
        if half > MAX_HALF_WIDTH:
            raise ParameterError(
                f"domain_sigma {domain_sigma} makes a window of half width {half} pixels: "
                f"at most {MAX_HALF_WIDTH} is possible; reduce domain_sigma"
            )
        kind = image.dtype.type
        largest = float(max(image.max(), -image.min(), 1e-30))
        scale = math.sqrt(_LOG2_E / 2) / range_sigma
        # Beyond 1e12 every difference has weight 0 already, and squares would overflow.
        scale = min(scale, 1e12 / largest)
        taps = _domain_logarithms(half, domain_sigma).astype(kind)
        return cls(image, taps, kind(scale), kind(2 * scale * largest + 1e3))

    @property
    def half(self) -> int:
        """Half width of the window."""
        return len(self.taps) // 2

    def mean_difference(self, start: int, stop: int) -> NDArray[Any]:
        """Return guide - bilateral mean for a band of rows, ``(rows, W, C)``.

        It is summed from differences, so nothing is lost by cancellation.
        """
        difference = self._run(None, start, stop)
        difference /= self.scale
        return difference

    def mean(self, values: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
        """Return the weighted mean of values for a band of rows, ``(rows, W, C)``.

        ``values`` holds the rows that `reach` names.
        """
        return self._run(values, start, stop)

    def reach(self, start: int, stop: int) -> slice:
        """Return the rows that the windows of a band touch."""
        return slice(max(0, start - self.half), min(self.guide.shape[0], stop + self.half))

    def _run(self, values: NDArray[Any] | None, start: int, stop: int) -> NDArray[Any]:
        _, width, count = self.guide.shape
        result = np.empty((stop - start, width, count), self.guide.dtype)
        filter_band(
            self.guide, values, self.taps, self.scale, self.outside, start, stop,
            (0,) * count, result,
        )  # fmt: skip
        return result


def bilateral_filter(
    image: NDArray[Any], *, domain_sigma: float = 5.0, range_sigma: float = 0.2
) -> NDArray[Any]:
    """Filter an image with weights from itself: b(x) in eq. 22 of Zhang et al. 2020.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, C from 1 to 4, values in [0, 1].
    domain_sigma
        Of the Gaussian of the distance, in pixels.
    range_sigma
        Of the Gaussian of the Euclidean distance of colours, in units of the values.

    Returns
    -------
    ndarray
        The shape of ``image``; float32 for float32, otherwise float64.

    Raises
    ------
    ParameterError, ShapeError, ImageError
        For sigmas, shapes and values that cannot be used.

    Examples
    --------
    >>> from percept_adv.magnification import bilateral_filter
    >>> bilateral_filter(np.full((8, 8), 0.5)).shape
    (8, 8)
    """
    weights = Weights.of(image, domain_sigma, range_sigma)
    filtered = np.empty_like(weights.guide)

    def band(start: int, stop: int) -> None:
        filtered[start:stop] = weights.guide[start:stop] - weights.mean_difference(start, stop)

    for_each_band(band, len(filtered), band=BAND)
    return filtered.reshape(np.shape(image))


def joint_bilateral_filter(
    image: NDArray[Any],
    guide: NDArray[Any],
    *,
    domain_sigma: float = 5.0,
    range_sigma: float = 0.2,
) -> NDArray[Any]:
    """Filter an image with the range weights of another: b_x in Zhang et al. 2020.

    Parameters
    ----------
    image, guide
        Of the same shape, ``(H, W)`` or ``(H, W, C)``, C from 1 to 4.
    domain_sigma
        As in `bilateral_filter`; the range is that of ``guide``.
    range_sigma
        As in `bilateral_filter`; the range is that of ``guide``.

    Returns
    -------
    ndarray
        The shape of ``image``, of the precision of ``guide``.

    Raises
    ------
    ParameterError, ShapeError, ImageError
        For sigmas, shapes and values that cannot be used.

    Examples
    --------
    >>> from percept_adv.magnification import bilateral_filter, joint_bilateral_filter
    >>> image = np.random.default_rng(0).random((8, 8))
    >>> bool(np.allclose(joint_bilateral_filter(image, image), bilateral_filter(image)))
    True
    """
    if np.shape(image) != np.shape(guide):
        raise ShapeError(
            f"the image has shape {np.shape(image)} and the guide {np.shape(guide)}: "
            "they must be equal"
        )
    weights = Weights.of(guide, domain_sigma, range_sigma)
    values = as_channels(checked_image(image)).astype(weights.guide.dtype, copy=False)
    filtered = np.empty_like(weights.guide)

    def band(start: int, stop: int) -> None:
        filtered[start:stop] = weights.mean(values[weights.reach(start, stop)], start, stop)

    for_each_band(band, len(filtered), band=BAND)
    return filtered.reshape(np.shape(image))


def _unit_values(image: NDArray[Any]) -> NDArray[Any]:
    """Return floats; 8-bit and 16-bit integers are levels, as everywhere, and become [0, 1]."""
    floats = checked_image(image)
    kind = np.asarray(image).dtype
    return floats / np.iinfo(kind).max if kind in _LEVELS else floats


def as_channels(image: NDArray[Any]) -> NDArray[Any]:
    """Give a gray image its axis of channels; contiguous, 1 to 4 channels."""
    channels = image[:, :, None] if image.ndim == 2 else image
    if not 1 <= channels.shape[2] <= 4:
        raise ShapeError(
            f"an image of shape {image.shape} has {channels.shape[2]} channels: "
            "1 to 4 are possible, as the last axis"
        )
    return np.ascontiguousarray(channels)


def _domain_logarithms(half: int, domain_sigma: float) -> NDArray[np.float64]:
    offsets = np.arange(-half, half + 1)
    squared = offsets[:, None] ** 2 + offsets**2
    logarithms = np.maximum(-squared * (_LOG2_E / 2) / domain_sigma / domain_sigma, _NO_WEIGHT)
    missing = -len(offsets) % UNROLLED
    return np.pad(logarithms, ((0, 0), (0, missing)), constant_values=_NO_WEIGHT)


def _check_sigma(name: str, value: float) -> None:
    if not (isinstance(value, Real) and math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value!r}: it must be a positive number")
