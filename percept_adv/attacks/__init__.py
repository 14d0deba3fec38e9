"""Attacks on deployed classifiers: one rule and one function each, and a driver that they share."""

from __future__ import annotations

from .carlini_wagner import cw
from .catalogue import attack, make_rule, names
from .decoupled_direction_norm import ddn
from .driver import StepInfo, attack_each
from .fast_gradient_sign import fgsm
from .fast_minimum_norm import fmn
from .iterative_gradient_sign import ifgsm
from .problem import Attack, Problem, Step
from .projected_gradient import pgd2
from .result import AttackResult, ImageResult
from .smooth_carlini_wagner import scw
from .smooth_decoupled_direction_norm import sddn
from .smooth_projected_gradient import qpgd2

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
    "ddn",
    "fgsm",
    "fmn",
    "ifgsm",
    "make_rule",
    "names",
    "pgd2",
    "qpgd2",
    "scw",
    "sddn",
]
