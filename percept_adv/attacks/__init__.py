"""Attacks on deployed classifiers: one file and one function each, and a loop that they share.

Besides the names below, each attack of ``names()`` is a function of this module.
"""

from __future__ import annotations

from percept_adv.attacks import methods  # noqa: F401 - declares every attack
from percept_adv.attacks.calling import attack
from percept_adv.attacks.engine.alpha_search import least_smoothed
from percept_adv.attacks.engine.batch import Problem, Step
from percept_adv.attacks.engine.engines import Engine, check_engine
from percept_adv.attacks.engine.exporting import ExportedStep, export_step
from percept_adv.attacks.engine.notebook import ProgressBar
from percept_adv.attacks.engine.request import AttackRequest
from percept_adv.attacks.engine.rescaling import least_scale
from percept_adv.attacks.engine.result import AttackResult, Cost, ImageResult, StepInfo
from percept_adv.attacks.engine.rule import Attack, Learnt, Method
from percept_adv.attacks.fallback import attack_each
from percept_adv.attacks.functions import attack_function
from percept_adv.attacks.methods.universal import (
    Shift,
    UniversalPerturbation,
    universal_perturbation,
)
from percept_adv.attacks.registry import (
    Declaration,
    declarations,
    find,
    make_rule,
    names,
)

__all__ = [
    "Attack",
    "AttackRequest",
    "AttackResult",
    "Cost",
    "Declaration",
    "Engine",
    "ExportedStep",
    "ImageResult",
    "Learnt",
    "Method",
    "Problem",
    "ProgressBar",
    "Shift",
    "Step",
    "StepInfo",
    "UniversalPerturbation",
    "attack",
    "attack_each",
    "check_engine",
    "declarations",
    "export_step",
    "find",
    "least_scale",
    "least_smoothed",
    "make_rule",
    "names",
    "universal_perturbation",
]

for _declaration in declarations():
    globals()[_declaration.name] = attack_function(_declaration)
__all__ += names()  # noqa: PLE0605 - the list above is one
