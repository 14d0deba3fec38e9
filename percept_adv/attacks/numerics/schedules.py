"""Amounts that change from the first step to the last, for each image by its own count."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array


def cosine(first: float, last: float, progress: Array) -> Array:
    """Go from ``first`` at progress 0 to ``last`` at 1 along half a cosine wave."""
    xp = namespace(progress)
    return last + (first - last) * (1 + xp.cos(progress * pi)) / 2


def linear(first: float, last: float, progress: Array) -> Array:
    """Go from ``first`` at progress 0 to ``last`` at 1 in a straight line."""
    return first + (last - first) * progress


def exponential(first: float, last: float, progress: Array) -> Array:
    """Go from ``first`` at progress 0 to ``last`` at 1 by equal factors."""
    return first * (last / first) ** progress
