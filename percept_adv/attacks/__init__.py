"""Attacks on deployed classifiers: one rule and one function each, and a driver that they share."""

from __future__ import annotations

from percept_adv.attacks.augmented_lagrangian import alma
from percept_adv.attacks.auto_projected_gradient import apgd
from percept_adv.attacks.boundary_projection import bp
from percept_adv.attacks.box_constrained_lbfgs import lbfgs
from percept_adv.attacks.carlini_wagner import cw
from percept_adv.attacks.catalogue import attack, make_rule, names
from percept_adv.attacks.decoupled_direction_norm import ddn
from percept_adv.attacks.deep_fool import deepfool
from percept_adv.attacks.driver import StepInfo, attack_each
from percept_adv.attacks.fast_gradient_sign import fgsm
from percept_adv.attacks.fast_minimum_norm import fmn
from percept_adv.attacks.iterative_gradient_sign import ifgsm
from percept_adv.attacks.perceptual_colour import perc_al
from percept_adv.attacks.problem import Problem, Step
from percept_adv.attacks.projected_gradient import pgd2
from percept_adv.attacks.result import AttackResult, ImageResult
from percept_adv.attacks.rule import Attack
from percept_adv.attacks.smooth_augmented_lagrangian import salma
from percept_adv.attacks.smooth_carlini_wagner import scw
from percept_adv.attacks.smooth_decoupled_direction_norm import sddn
from percept_adv.attacks.smooth_projected_gradient import qpgd2
from percept_adv.attacks.smoothness_penalty import smoothness_penalty
from percept_adv.attacks.super_deep_fool import superdeepfool
from percept_adv.attacks.universal_perturbation import universal, universal_perturbation

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
