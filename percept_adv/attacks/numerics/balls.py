"""The distortion that an attack of the "fixed distortion" family may not exceed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from percept_adv.attacks.numerics.norms import L2, LINF
from percept_adv.images import to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.norms import Measure

_SLACK = 1e-6
"""Relative to the radius: what the arithmetic of float32 may add to a distance."""


class Ball(Protocol):
    """All perturbations up to ``eps`` in a norm."""

    @property
    def eps(self) -> float:
        """The radius."""

    @property
    def measure(self) -> Measure:
        """The norm."""

    def store(
        self, originals: NDArray[np.floating], images: NDArray[np.floating]
    ) -> NDArray[np.uint8]:
        """Round images (B, H, W, C) to 8 bits, inside as far as the grid allows."""


def contains(ball: Ball, original: NDArray[np.floating], image: NDArray[np.floating]) -> bool:
    """Whether an image (H, W, C) lies in the ball around its original."""
    change = (image - original.astype(np.float64))[np.newaxis]
    return bool(ball.measure.length(change)[0] <= ball.eps * (1 + _SLACK))


@dataclass(frozen=True, slots=True)
class LinfBall:
    """No sample changes by more than ``eps``."""

    eps: float

    @property
    def measure(self) -> Measure:
        """The largest absolute value."""
        return LINF

    @property
    def whole_levels(self) -> float:
        """The largest change inside in whole levels of 8 bits; ``eps`` where that is less than one.

        What changes by it is stored as it is: rounding takes nothing from it.
        """
        levels = np.floor(self.eps * 255 * (1 + _SLACK))
        return float(levels / 255) if levels else self.eps

    def store(
        self, originals: NDArray[np.floating], images: NDArray[np.floating]
    ) -> NDArray[np.uint8]:
        """Round each sample to the nearest level inside."""
        levels = originals.astype(np.float64) * 255
        lowest = np.ceil(levels - self.eps * 255 * (1 + _SLACK))
        highest = np.floor(levels + self.eps * 255 * (1 + _SLACK))
        # Between two levels of a ball that holds neither, the nearer one has to do.
        nearest = np.rint(levels)
        inside = np.clip(
            to_uint8(images), np.minimum(lowest, nearest), np.maximum(highest, nearest)
        )
        return inside.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class L2Ball:
    """The Euclidean norm over all samples is at most ``eps``."""

    eps: float

    @property
    def measure(self) -> Measure:
        """The Euclidean norm."""
        return L2

    def store(
        self, originals: NDArray[np.floating], images: NDArray[np.floating]
    ) -> NDArray[np.uint8]:
        """Round to nearest, then turn samples back until the norm fits."""
        stored = to_uint8(images)
        return np.stack(
            [
                _shortened(original, image, rounded, self.eps)
                for original, image, rounded in zip(originals, images, stored, strict=True)
            ]
        )


def _shortened(
    original: NDArray[np.floating],
    image: NDArray[np.floating],
    stored: NDArray[np.uint8],
    eps: float,
) -> NDArray[np.uint8]:
    """Turn samples that rounding moved outwards one level inwards, the least sure ones first."""
    origin = original.astype(np.float64) * 255
    levels = stored.astype(np.float64)
    offset = levels - origin
    excess = float(np.sum(offset**2)) - (eps * 255) ** 2 * (1 + _SLACK) ** 2
    if excess <= 0:
        return stored
    inwards = levels - np.sign(offset)
    gain = offset**2 - (inwards - origin) ** 2
    wish = np.abs(inwards - image.astype(np.float64) * 255)
    order = np.argsort(np.where(gain > 0, wish, np.inf), axis=None, kind="stable")
    fall = np.cumsum(np.maximum(gain, 0).ravel()[order])
    count = min(int(np.searchsorted(fall, excess)) + 1, int((gain > 0).sum()))
    result = levels.ravel().copy()
    result[order[:count]] = inwards.ravel()[order[:count]]
    return result.reshape(levels.shape).astype(np.uint8)
