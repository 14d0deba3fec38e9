"""What is known of images under attack, row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.best import tracking_start
from percept_adv.attacks.numerics.arrays import join, take

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.numerics.arrays import State


@dataclass(frozen=True, slots=True)
class AttackState:
    """Images under attack, one row each.

    Attributes
    ----------
    problem
        What is asked of them, and what the attack smooths with.
    state
        The attack's own entries.
    tracked
        The best image so far, and what it has cost; see `tracking_start`.
    """

    problem: Problem
    state: State
    tracked: State

    @classmethod
    def begin(cls, attack: Attack, problem: Problem) -> AttackState:
        """Return what is known before the first step."""
        guided = replace(problem, guidance=attack.guide(problem))
        return cls(guided, attack.start(guided), tracking_start(guided))

    def __len__(self) -> int:
        return len(self.problem.originals)

    def take(self, rows: NDArray[np.intp]) -> AttackState:
        """Return that of some images."""
        return AttackState(
            self.problem.take(rows), take(self.state, rows), take(self.tracked, rows)
        )

    def join(self, other: AttackState) -> AttackState:
        """Return that of both groups of images."""
        return AttackState(
            self.problem.join(other.problem),
            join(self.state, other.state),
            join(self.tracked, other.tracked),
        )
