"""Attacks on deployed classifiers: one rule and one function each, and a driver that they share."""

from __future__ import annotations

from percept_adv.attacks.engine.batch import Problem, Step
from percept_adv.attacks.engine.driver import StepInfo, attack_each
from percept_adv.attacks.engine.result import AttackResult, ImageResult
from percept_adv.attacks.engine.rule import Attack
from percept_adv.attacks.methods.alma import alma
from percept_adv.attacks.methods.apgd import apgd
from percept_adv.attacks.methods.bp import bp
from percept_adv.attacks.methods.cw import cw
from percept_adv.attacks.methods.ddn import ddn
from percept_adv.attacks.methods.deepfool import deepfool
from percept_adv.attacks.methods.fgsm import fgsm
from percept_adv.attacks.methods.fmn import fmn
from percept_adv.attacks.methods.ifgsm import ifgsm
from percept_adv.attacks.methods.lbfgs import lbfgs
from percept_adv.attacks.methods.perc_al import perc_al
from percept_adv.attacks.methods.pgd2 import pgd2
from percept_adv.attacks.methods.qpgd2 import qpgd2
from percept_adv.attacks.methods.salma import salma
from percept_adv.attacks.methods.scw import scw
from percept_adv.attacks.methods.sddn import sddn
from percept_adv.attacks.methods.smoothness_penalty import smoothness_penalty
from percept_adv.attacks.methods.superdeepfool import superdeepfool
from percept_adv.attacks.methods.universal import universal, universal_perturbation
from percept_adv.attacks.registry import attack, make_rule, names

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
