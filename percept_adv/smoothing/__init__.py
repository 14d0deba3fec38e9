"""Guided smoothing (eq. 8, 9)."""

from .difference import SmoothedDifference, smooth_difference
from .smoother import GuidedSmoother

__all__ = ["GuidedSmoother", "SmoothedDifference", "smooth_difference"]
