"""Adversarial magnification: what a perturbation hides in flat areas, made visible."""

from __future__ import annotations

from .bilateral import bilateral_filter, joint_bilateral_filter
from .magnifier import local_statistics, magnify
from .statistics import (
    Statistics,
    channel_deviations,
    describe_signal,
    flat_areas,
    magnification_statistics,
)
from .viewing import NORMS, Norm, Range, viewing_range

__all__ = [
    "NORMS",
    "Norm",
    "Range",
    "Statistics",
    "bilateral_filter",
    "channel_deviations",
    "describe_signal",
    "flat_areas",
    "joint_bilateral_filter",
    "local_statistics",
    "magnification_statistics",
    "magnify",
    "viewing_range",
]
