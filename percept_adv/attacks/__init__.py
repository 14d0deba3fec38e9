"""Attacks on deployed classifiers: one rule and one function each, and a driver that they share."""

from __future__ import annotations

from .augmented_lagrangian import alma
from .auto_projected_gradient import apgd
from .boundary_projection import bp
from .box_constrained_lbfgs import lbfgs
from .carlini_wagner import cw
from .catalogue import attack, make_rule, names
from .decoupled_direction_norm import ddn
from .deep_fool import deepfool
from .driver import StepInfo, attack_each
from .fast_gradient_sign import fgsm
from .fast_minimum_norm import fmn
from .iterative_gradient_sign import ifgsm
from .perceptual_colour import perc_al
from .problem import Problem, Step
from .projected_gradient import pgd2
from .result import AttackResult, ImageResult
from .rule import Attack
from .smooth_augmented_lagrangian import salma
from .smooth_carlini_wagner import scw
from .smooth_decoupled_direction_norm import sddn
from .smooth_projected_gradient import qpgd2
from .smoothness_penalty import smoothness_penalty
from .super_deep_fool import superdeepfool
from .universal_perturbation import universal, universal_perturbation

__all__ = [
    "Attack",
    "AttackResult",
    "ImageResult",
    "Problem",
    "Step",
    "StepInfo",
    "alma",
    "apgd",
    "attack",
    "attack_each",
    "bp",
    "cw",
    "ddn",
    "deepfool",
    "fgsm",
    "fmn",
    "ifgsm",
    "lbfgs",
    "make_rule",
    "names",
    "perc_al",
    "pgd2",
    "qpgd2",
    "salma",
    "scw",
    "sddn",
    "smoothness_penalty",
    "superdeepfool",
    "universal",
    "universal_perturbation",
]
