"""Adversarial magnification: what a perturbation hides in flat areas, made visible."""

from __future__ import annotations

from .bilateral import bilateral_filter, joint_bilateral_filter
from .magnifier import local_statistics, magnify

__all__ = ["bilateral_filter", "joint_bilateral_filter", "local_statistics", "magnify"]
