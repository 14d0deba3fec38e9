"""Guided smoothing (eq. 8, 9)."""

from .smoother import GuidedSmoother

__all__ = ["GuidedSmoother"]
