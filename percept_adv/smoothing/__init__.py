"""Guided smoothing (eq. 8, 9)."""

from percept_adv.smoothing.difference import SmoothedDifference, smooth_difference
from percept_adv.smoothing.smoother import GuidedSmoother

__all__ = ["GuidedSmoother", "SmoothedDifference", "smooth_difference"]
