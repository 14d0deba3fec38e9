"""A batch of images that NumPy takes through an attack; only the model runs on its provider."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.advance import advance, over
from percept_adv.attacks.engine.best import tracking_start
from percept_adv.attacks.engine.result import StepInfo
from percept_adv.attacks.numerics.arrays import join, take

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
        self._problem: Problem | None = None
        self._state: State = {}
        self._tracked: State = {}

    def __len__(self) -> int:
        return 0 if self._problem is None else len(self._problem.originals)

    @property
    def room(self) -> int:
        """How many images can still enter."""
        return self._size - len(self)

    @property
    def problem(self) -> Problem:
        """The problem of the images that are there."""
        if self._problem is None:
            raise RuntimeError("no image has entered yet")
        return self._problem

    def enter(self, problem: Problem) -> None:
        """Take in new images."""
        begin = perf_counter()
        guided = replace(problem, guidance=self._attack.guide(problem))
        state, tracked = self._attack.start(guided), tracking_start(guided)
        share = (perf_counter() - begin) / max(len(guided.originals), 1)
        tracked["seconds"] = tracked["seconds"] + share
        if self._problem is None:
            self._problem, self._state, self._tracked = guided, state, tracked
        else:
            self._problem = self._problem.join(guided)
            self._state = join(self._state, state)
            self._tracked = join(self._tracked, tracked)

    def step(self) -> None:
        """Take one step."""
        begin = perf_counter()
        seconds = self._tracked["seconds"]
        self._state, self._tracked = advance(
            self._attack, self._target, self.problem, self._state, self._tracked
        )
        self._tracked["seconds"] = seconds + (perf_counter() - begin) / len(self)

    def over(self) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""
        return np.asarray(over(self._attack, self._budget, self._state, self._tracked))

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told."""
        shares = np.broadcast_to(np.asarray(self._attack.share_done(self._state)), (len(self),))
        return StepInfo.of(
            steps, finished, self.problem, self._tracked["found"], shares, self._tracked["l2"]
        )

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Let some images go, and return them with what was found of them."""
        leaving, staying = np.flatnonzero(gone), np.flatnonzero(~gone)
        left = self.problem.take(leaving), take(self._tracked, leaving)
        self._problem = self.problem.take(staying)
        self._state, self._tracked = take(self._state, staying), take(self._tracked, staying)
        return left
