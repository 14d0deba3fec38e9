"""Adversarial magnification: what a perturbation hides in flat areas, made visible."""

from __future__ import annotations

from percept_adv.magnification.bilateral import bilateral_filter, joint_bilateral_filter
from percept_adv.magnification.magnifier import local_statistics, magnify
from percept_adv.magnification.notes import notes_on
from percept_adv.magnification.region import LocalTerms, Region, magnify_region
from percept_adv.magnification.statistics import (
    Statistics,
    channel_deviations,
    describe_signal,
    flat_areas,
    magnification_statistics,
)
from percept_adv.magnification.viewing import NORMS, Norm, Range, viewing_range

__all__ = [
    "NORMS",
    "LocalTerms",
    "Norm",
    "Range",
    "Region",
    "Statistics",
    "bilateral_filter",
    "channel_deviations",
    "describe_signal",
    "flat_areas",
    "joint_bilateral_filter",
    "local_statistics",
    "magnification_statistics",
    "magnify",
    "magnify_region",
    "notes_on",
    "viewing_range",
]
