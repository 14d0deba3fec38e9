"""One walk of a group: a finished image leaves it and a waiting one enters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.best import tracking_start
from percept_adv.attacks.engine.engines import group_of, most_together
from percept_adv.attacks.engine.stopping import ended_by
from percept_adv.errors import DeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.group import Group
    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.walking import Walk
    from percept_adv.attacks.numerics.arrays import State


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
        group = self._new_group(size)
        inside = self._waiting[:0]
        steps = 0
        while len(self._waiting) or len(group):
            try:
                entering, self._waiting = np.split(self._waiting, [group.room])
                inside = np.concatenate([inside, entering])
                if len(entering):
                    group.enter(everything.take(entering))
                group.step()
            except DeviceMemoryError:
                if size == 1:
                    raise
                # Those that had begun begin again, fewer at a time.
                self._waiting = np.union1d(self._waiting, inside)
                size //= 2
                group, inside = self._new_group(size), inside[:0]
                continue
            steps += 1
            done = group.over()
            if self.request.callback is not None:
                told = group.told(steps, self.finished + int(done.sum()))
                ended, self.ended = ended_by(self.request.callback, told)
                done = done | ended
                if self.ended:
                    yield from self._those_waiting()
            if done.any():
                self.finished += int(done.sum())
                problem, tracked = group.leave(done)
                inside = inside[~np.isin(everything.indices[inside], problem.indices)]
                yield self.walk.landed(problem, tracked)

    def _those_waiting(self) -> Iterator[tuple[Problem, State]]:
        """Yield the images that have not entered, as they are."""
        if len(self._waiting):
            left = self.walk.problem.take(self._waiting)
            yield self.walk.landed(left, tracking_start(left))
            self._waiting = self._waiting[:0]

    def _new_group(self, size: int) -> Group:
        return group_of(self.request, self.attack, self.budget, self.walk.target, size)
