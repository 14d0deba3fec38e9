"""How many images fit into a device's memory together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.attack_state import AttackState
from percept_adv.attacks.engine.step_graph import trace_step
from percept_adv.runtime import working_memory

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

_USED = 0.7
"""The share of the free memory that tensors may take: kernels need some for themselves."""


def fitting(attack: Attack, budget: Budget, target: Classifier, problem: Problem, free: int) -> int:
    """Return how many images can be attacked together in one graph; 1 at least.

    Parameters
    ----------
    attack, budget, target
        Of the step.
    problem
        One image of the size at least.
    free
        Bytes.
    """
    one, two = (
        working_memory(
            trace_step(
                attack,
                budget,
                target,
                AttackState.begin(attack, problem.take(np.zeros(count, np.intp))),
            )
        )
        for count in (1, 2)
    )
    each = max(two - one, 1)
    return max(int((_USED * free - (one - each)) / each), 1)
