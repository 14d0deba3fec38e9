"""A batch of images that NumPy takes through an attack; only the model runs on its provider."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.advance import advance, over
from percept_adv.attacks.engine.attack_state import AttackState
from percept_adv.attacks.engine.best import with_seconds
from percept_adv.attacks.engine.result import StepInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.numerics.arrays import State


class EagerBatch:
    """Images under attack, one row each in a batch that grows and shrinks.

    Parameters
    ----------
    attack, budget
        What is run.
    target
        What the images are shown to.
    size
        The most images.
    """

    def __init__(self, attack: Attack, budget: Budget, target: Target, size: int) -> None:
        self._attack, self._budget, self._target = attack, budget, target
        self._size = size
        self._rows: AttackState | None = None
        self._seconds = np.zeros(0)

    def __len__(self) -> int:
        return len(self._seconds)

    @property
    def room(self) -> int:
        """How many images can still enter."""
        return self._size - len(self)

    def enter(self, problem: Problem) -> None:
        """Take in new images."""
        begin = perf_counter()
        entering = AttackState.begin(self._attack, problem)
        self._rows = entering if self._rows is None else self._rows.join(entering)
        share = (perf_counter() - begin) / max(len(entering), 1)
        self._seconds = np.concatenate([self._seconds, np.full(len(entering), share)])

    def step(self) -> None:
        """Take one step."""
        begin = perf_counter()
        before = self._entered()
        state, tracked = advance(
            self._attack, self._target, before.problem, before.state, before.tracked
        )
        self._rows = AttackState(before.problem, state, tracked)
        self._seconds += (perf_counter() - begin) / len(self)

    def over(self) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""
        rows = self._entered()
        return np.asarray(over(self._attack, self._budget, rows.state, rows.tracked))

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told."""
        rows = self._entered()
        shares = np.broadcast_to(np.asarray(self._attack.share_done(rows.state)), (len(self),))
        found, distances = rows.tracked["found"], rows.tracked["l2"]
        return StepInfo.of(steps, finished, rows.problem, found, shares, distances)

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Let some images go, and return them with what was found of them."""
        rows, seconds = self._entered(), self._seconds[gone]
        leaving = rows.take(np.flatnonzero(gone))
        self._rows, self._seconds = rows.take(np.flatnonzero(~gone)), self._seconds[~gone]
        return leaving.problem, with_seconds(leaving.tracked, seconds)

    def _entered(self) -> AttackState:
        if self._rows is None:
            raise RuntimeError("no image has entered yet")
        return self._rows
