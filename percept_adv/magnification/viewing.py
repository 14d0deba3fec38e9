"""From the unscaled magnified signal to gray levels that can be looked at and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from percept_adv.errors import ParameterError
from percept_adv.images import to_uint8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Norm = Literal["fixed", "set", "minmax", "percentile"]
NORMS: tuple[Norm, ...] = get_args(Norm)

_FIXED = 1.5  # 0.5 + mag / 3 shows [-1.5, 1.5].
_PERCENTILES = (0.5, 99.5)
_ROWS = 64


@dataclass(frozen=True)
class Range:
    """Which magnified values become black (``low``) and white (``high``), and why.

    Attributes
    ----------
    norm
        The rule: ``fixed``, ``set``, ``minmax`` or ``percentile``.
    low, high
        Magnified values, unscaled.
    """

    norm: Norm
    low: float
    high: float

    def render(self, magnified: NDArray[Any]) -> NDArray[Any]:
        """Map ``[low, high]`` to [0, 1] linearly and clip.

        Parameters
        ----------
        magnified
            Of any shape, unscaled.

        Returns
        -------
        ndarray
            The same shape, in [0, 1].
        """
        shown = magnified - self.low
        shown *= 1 / (self.high - self.low)
        return np.clip(shown, 0, 1, out=shown)

    def render_8bit(self, magnified: NDArray[Any]) -> NDArray[np.uint8]:
        """Render to 8 bits, a few rows at a time: large images make no large temporaries.

        Parameters
        ----------
        magnified
            ``(H, W)`` or ``(H, W, C)``, unscaled.

        Returns
        -------
        ndarray of uint8
            The same shape.
        """
        shown = np.empty(magnified.shape, np.uint8)
        for start in range(0, len(shown), _ROWS):
            rows = slice(start, start + _ROWS)
            shown[rows] = to_uint8(self.render(magnified[rows]))
        return shown

    def share_clipped(self, magnified: NDArray[Any]) -> float:
        """Return the share of values, from 0 to 1, outside the range.

        Parameters
        ----------
        magnified
            Of any shape, unscaled.

        Returns
        -------
        float
            0 to 1.
        """
        outside = np.count_nonzero(magnified < self.low) + np.count_nonzero(magnified > self.high)
        return float(outside / magnified.size)


def viewing_range(
    magnified: Sequence[NDArray[Any]], norm: Norm = "fixed", *, gain: float = 1.0
) -> Range:
    """Choose one range for images that are shown side by side.

    Parameters
    ----------
    magnified
        Results of `magnify`, unscaled.
    norm
        ``fixed``: ``0.5 + gain * mag / 3``, the same in every run. ``set``: the least
        range symmetric around 0 that holds all images. ``minmax``: from the least to the
        greatest value. ``percentile``: from the 0.5 to the 99.5 percentile. With the first
        two, 0 is mid-grey.
    gain
        For ``fixed`` only.

    Returns
    -------
    Range
        Black and white.

    Raises
    ------
    ParameterError
        If ``gain`` is not positive.

    Examples
    --------
    >>> from percept_adv.magnification import viewing_range
    >>> viewing_range([np.zeros((2, 2))])
    Range(norm='fixed', low=-1.5, high=1.5)
    """
    if not (np.isfinite(gain) and gain > 0):
        raise ParameterError(f"gain is {gain}: it must be a positive number")
    if norm == "fixed":
        return Range(norm, -_FIXED / gain, _FIXED / gain)
    if norm == "percentile":
        values = np.concatenate([m.ravel() for m in magnified])
        bounds = np.percentile(values, _PERCENTILES, overwrite_input=True)
        low, high = (float(bound) for bound in bounds)
    else:
        low = min(float(m.min()) for m in magnified)
        high = max(float(m.max()) for m in magnified)
    if norm == "set":
        high = max(-low, high)
        low = -high
    if high - low < 1e-12:
        # Flat images: any width shows their one value as mid-grey.
        return Range(norm, low - 1, high + 1)
    return Range(norm, low, high)
