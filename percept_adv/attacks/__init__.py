"""Attacks on deployed classifiers: one rule and one function each, and a driver that they share."""

from __future__ import annotations

from .carlini_wagner import cw
from .catalogue import attack, make_rule, names
from .driver import StepInfo, attack_each
from .problem import Attack, Problem, Step
from .result import AttackResult, ImageResult
from .smooth_carlini_wagner import scw

__all__ = [
    "Attack",
    "AttackResult",
    "ImageResult",
    "Problem",
    "Step",
    "StepInfo",
    "attack",
    "attack_each",
    "cw",
    "make_rule",
    "names",
    "scw",
]
