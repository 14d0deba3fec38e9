"""Guided smoothing (eq. 8, 9)."""

from percept_adv.smoothing.difference import SmoothedDifference, smooth_difference
from percept_adv.smoothing.smoother import DEFAULT_ALPHA, LARGEST_ALPHA, GuidedSmoother

__all__ = [
    "DEFAULT_ALPHA",
    "LARGEST_ALPHA",
    "GuidedSmoother",
    "SmoothedDifference",
    "smooth_difference",
]
