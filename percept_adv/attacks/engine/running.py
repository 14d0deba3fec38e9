"""One walk of a batch: a finished image leaves it and a waiting one enters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from percept_adv.attacks.engine.best import untouched
from percept_adv.attacks.engine.engines import most_together, new_batch
from percept_adv.attacks.engine.stopping import ended_by
from percept_adv.errors import DeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.result import StepInfo
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.walking import Walk
    from percept_adv.attacks.numerics.arrays import State


class Batch(Protocol):
    """Images under attack come and go; those that are there take their steps together."""

    def __len__(self) -> int:
        """Return how many images there are."""

    @property
    def room(self) -> int:
        """How many images can still enter."""

    def enter(self, problem: Problem) -> None:
        """Take in new images."""

    def step(self) -> None:
        """Take one step, or a few: images that are over wait.

        Raises
        ------
        DeviceMemoryError
            If there are more images than the device has memory for.
        """

    def over(self) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told."""

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Let some images go, and return them with what was found of them."""


@dataclass(slots=True)
class Run:
    """One walk through its images.

    Attributes
    ----------
    finished
        How many images of the whole attack have left.
    ended
        Whether the callback has ended all images.
    """

    attack: Attack
    budget: Budget
    request: AttackRequest
    walk: Walk
    finished: int
    ended: bool = False
    _waiting: NDArray[np.intp] = field(init=False)

    def leaving(self) -> Iterator[tuple[Problem, State]]:
        """Yield images with what was found of them, as soon as they leave."""
        everything = self.walk.problem
        self._waiting = np.arange(len(everything.originals))
        size = most_together(self.request, self.attack, self.budget, self.walk)
        batch = self._new_batch(size)
        inside = self._waiting[:0]
        steps = 0
        while len(self._waiting) or len(batch):
            try:
                entering, self._waiting = np.split(self._waiting, [batch.room])
                inside = np.concatenate([inside, entering])
                if len(entering):
                    batch.enter(everything.take(entering))
                batch.step()
            except DeviceMemoryError:
                if size == 1:
                    raise
                # Those that had begun begin again, fewer at a time.
                self._waiting = np.union1d(self._waiting, inside)
                size //= 2
                batch, inside = self._new_batch(size), inside[:0]
                continue
            steps += 1
            done = batch.over()
            if self.request.callback is not None:
                told = batch.told(steps, self.finished + int(done.sum()))
                ended, self.ended = ended_by(self.request.callback, told)
                done = done | ended
                if self.ended:
                    yield from self._those_waiting()
            if done.any():
                self.finished += int(done.sum())
                problem, tracked = batch.leave(done)
                inside = inside[~np.isin(everything.indices[inside], problem.indices)]
                yield self.walk.landed(problem, tracked)

    def _those_waiting(self) -> Iterator[tuple[Problem, State]]:
        """Yield the images that have not entered, as they are."""
        if len(self._waiting):
            left = self.walk.problem.take(self._waiting)
            yield self.walk.landed(left, untouched(left))
            self._waiting = self._waiting[:0]

    def _new_batch(self, size: int) -> Batch:
        return new_batch(self.request, self.attack, self.budget, self.walk.target, size)
