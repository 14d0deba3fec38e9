"""Numbers that describe a magnified image. None of them tells whether it was attacked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from percept_adv.magnification.bilateral import as_channels
from percept_adv.magnification.deviation import global_deviation

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_FLAT_WINDOW = 15
_FLAT_SHARE = 0.25


@dataclass(frozen=True)
class Statistics:
    """Statistics of one magnified image.

    Attributes
    ----------
    sigma_global
        For each channel, the standard deviation of the image in [0, 1].
    percentiles
        Of the magnified signal over all channels, keyed by the percentage.
    rms_flat
        Root mean square of the magnified signal over the flattest quarter of the image.
    """

    sigma_global: tuple[float, ...]
    percentiles: dict[str, float]
    rms_flat: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def magnification_statistics(
    image: NDArray[Any],
    magnified: NDArray[Any],
    *,
    flat: NDArray[np.bool_] | None = None,
    opaque: NDArray[np.bool_] | None = None,
) -> Statistics:
    """Describe a magnified image.

    Parameters
    ----------
    image, magnified
        ``(H, W)`` or ``(H, W, C)``: the image in [0, 1] and what `magnify` made of it.
    flat
        ``(H, W)``, where the image is flat; by default `flat_areas` of ``image``. That
        of the clean original makes an attacked image comparable with it.
    opaque
        ``(H, W)``: only these pixels count, except for ``sigma_global``, which is the one
        of eq. 22.

    Returns
    -------
    Statistics
        Of all channels together, but for ``sigma_global``.

    Examples
    --------
    >>> from percept_adv.magnification import magnification_statistics
    >>> image = np.random.default_rng(0).random((32, 32))
    >>> statistics = magnification_statistics(image, percept_adv.magnify(image))
    >>> sorted(statistics.as_dict())
    ['percentiles', 'rms_flat', 'sigma_global']
    """
    if flat is None:
        flat = flat_areas(image)
    return describe_signal(magnified, channel_deviations(image), flat=flat, opaque=opaque)


def channel_deviations(image: NDArray[Any]) -> tuple[float, ...]:
    """Return sigma_global of eq. 22 for each channel of ``(H, W)`` or ``(H, W, C)``.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, in [0, 1].

    Returns
    -------
    tuple of float
        One for each channel.

    Examples
    --------
    >>> from percept_adv.magnification import channel_deviations
    >>> channel_deviations(np.eye(2))
    (0.5,)
    """
    return tuple(float(s) for s in global_deviation(as_channels(image)))


def describe_signal(
    magnified: NDArray[Any],
    deviations: tuple[float, ...],
    *,
    flat: NDArray[np.bool_],
    opaque: NDArray[np.bool_] | None = None,
) -> Statistics:
    """Return the statistics of a magnified signal, without the image itself.

    Parameters
    ----------
    magnified
        ``(H, W)`` or ``(H, W, C)``, unscaled.
    deviations
        Of the image, by `channel_deviations`.
    flat
        ``(H, W)``: where the image is flat, by `flat_areas`.
    opaque
        As for `magnification_statistics`.

    Returns
    -------
    Statistics
        Without regard to pixels that are not opaque.

    Examples
    --------
    >>> from percept_adv.magnification import describe_signal
    >>> signal = np.random.default_rng(0).normal(size=(16, 16))
    >>> flat = np.ones((16, 16), bool)
    >>> round(describe_signal(signal, (0.1,), flat=flat).rms_flat, 2)
    1.01
    """
    visible = opaque if opaque is not None and opaque.any() else None
    signal = magnified if visible is None else magnified[visible]
    quiet = flat if visible is None or not (flat & visible).any() else flat & visible
    levels = np.percentile(signal, PERCENTILES)
    in_flat_areas = magnified[quiet]
    return Statistics(
        sigma_global=deviations,
        percentiles={str(p): float(level) for p, level in zip(PERCENTILES, levels, strict=True)},
        rms_flat=float(np.sqrt(np.mean(np.square(in_flat_areas), dtype=np.float64))),
    )


def flat_areas(image: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark the quarter of the pixels around which the image varies least.

    How much it varies is the standard deviation of the mean of the channels in a window of 15 x 15
    pixels. Where ties straddle the quarter, all of them are marked.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, in any units: only ratios matter.

    Returns
    -------
    ndarray of bool
        ``(H, W)``.

    Examples
    --------
    >>> from percept_adv.magnification import flat_areas
    >>> image = np.random.default_rng(0).random((32, 32))
    >>> float(flat_areas(image).mean())
    0.25
    """
    gray = as_channels(image).mean(axis=2, dtype=np.float32)
    # The variance is taken from moments: around the mean they lose fewer digits.
    gray -= gray.mean(dtype=np.float64)
    window = (_FLAT_WINDOW, _FLAT_WINDOW)
    mean = cv2.blur(gray, window, borderType=cv2.BORDER_REFLECT)
    variance = cv2.blur(np.square(gray, out=gray), window, borderType=cv2.BORDER_REFLECT)
    variance -= np.square(mean, out=mean)
    # Large images should not be held more often than needed.
    del gray, mean
    bound = np.quantile(variance.copy(), _FLAT_SHARE, overwrite_input=True)
    marked: NDArray[np.bool_] = variance <= bound
    return marked
