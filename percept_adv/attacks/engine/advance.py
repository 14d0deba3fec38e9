"""One step of an attack: propose, ask, remember the best, update.

Pure functions of arrays, so that NumPy takes a step and a tracer writes it down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.engine.best import track
from percept_adv.attacks.engine.usable import usable

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.numerics.arrays import Array, State


def advance(
    attack: Attack, target: Target, problem: Problem, state: State, tracked: State
) -> tuple[State, State]:
    """Return the attack's state, and the record of its images (see `tracking_start`), a step on."""
    images, proposed = attack.propose(problem, state)
    images = problem.confined(images)
    heard, unusable = usable(problem, attack.query.ask(target, problem, images, proposed))
    tracked = track(attack, problem, tracked, heard, proposed, unusable)
    return attack.update(problem, proposed, heard), tracked


def over(attack: Attack, budget: Budget, state: State, tracked: State) -> Array:
    """Return which images (B,) are finished, or have used up their budget."""
    return attack.finished(state) | budget.spent(tracked["evaluations"])
