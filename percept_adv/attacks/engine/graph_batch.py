"""A batch of fixed size whose step is one graph; its state stays where the provider computes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine import step_graph
from percept_adv.attacks.engine.attack_state import AttackState
from percept_adv.attacks.engine.best import with_seconds
from percept_adv.attacks.engine.result import StepInfo
from percept_adv.attacks.numerics.arrays import take
from percept_adv.errors import DeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier
    from percept_adv.runtime import StepSession

_STEPS = {"cuda": 10, "cpu": 1}
"""Steps between two looks at which images are finished: each look waits for the device."""


class GraphBatch:
    """Places for images under attack, some of them empty.

    Parameters
    ----------
    attack, budget
        What is run.
    target
        On whose provider.
    size
        Number of places.
    """

    def __init__(self, attack: Attack, budget: Budget, target: Classifier, size: int) -> None:
        self._attack, self._budget, self._target = attack, budget, target
        self._taken = np.zeros(size, bool)
        self._seconds = np.zeros(size)
        # Of all places; its arrays are out of date once a step has been taken on the device.
        self._places: AttackState | None = None
        self._session: StepSession
        self._told: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return int(self._taken.sum())

    @property
    def room(self) -> int:
        """How many images can still enter."""
        return len(self._taken) - len(self)

    def enter(self, problem: Problem) -> None:
        """Take in new images, no more than there are empty places."""
        begin = perf_counter()
        entering = AttackState.begin(self._attack, problem)
        count = len(entering)
        places = np.flatnonzero(~self._taken)[:count]
        if self._places is None:
            # Empty places hold copies, which nobody looks at.
            rows = np.zeros(len(self._taken), np.intp)
            rows[places] = np.arange(count)
            started = entering.take(rows)
            with _giving_back(self._target):
                self._session = step_session(self._attack, self._budget, self._target, started)
        else:
            rows = np.arange(len(self._taken))
            rows[places] = len(rows) + np.arange(count)
            started = self._from_device(self._places).join(entering).take(rows)
        self._places = started
        self._taken[places] = True
        self._seconds[places] = (perf_counter() - begin) / max(count, 1)
        with _giving_back(self._target):
            self._session.put(step_graph.inputs_of(self._attack, started))
            self._session.put({step_graph.ALIVE: self._taken})

    def step(self) -> None:
        """Take some steps."""
        begin = perf_counter()
        with _giving_back(self._target):
            self._told = self._session.run_steps(_STEPS[self._target.provider])
        self._seconds[self._taken] += (perf_counter() - begin) / len(self)

    def over(self) -> NDArray[np.bool_]:
        """Return which of the images are finished, or have used up their budget."""
        return self._told[step_graph.OVER][self._taken]

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told after a step."""
        names = (step_graph.FOUND, step_graph.SHARE, step_graph.L2)
        told = [self._told[name][self._taken] for name in names]
        problem = self._entered().problem.take(np.flatnonzero(self._taken))
        return StepInfo.of(steps, finished, problem, *told)

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Return some of the images with what was found of them, and empty their places."""
        places = np.flatnonzero(self._taken)[gone]
        entered = self._entered()
        tracked = take(self._held(step_graph.TRACKED, entered.tracked), places)
        self._taken[places] = False
        self._session.put({step_graph.ALIVE: self._taken})
        return entered.problem.take(places), with_seconds(tracked, self._seconds[places])

    def _from_device(self, places: AttackState) -> AttackState:
        """Return what is known of all places now."""
        state = self._held(step_graph.ATTACK, places.state)
        return replace(places, state=state, tracked=self._held(step_graph.TRACKED, places.tracked))

    def _held(self, part: str, names: Iterable[str]) -> State:
        held = self._session.state([f"{part}/{name}" for name in names])
        return {name.removeprefix(f"{part}/"): value for name, value in held.items()}

    def _entered(self) -> AttackState:
        if self._places is None:
            raise RuntimeError("no image has entered yet")
        return self._places


@contextmanager
def _giving_back(target: Classifier) -> Iterator[None]:
    """Give back the memory of all steps where it is not enough: fewer images at a time need it."""
    try:
        yield
    except DeviceMemoryError:
        target.differentiated.forget_steps()
        raise


def step_session(
    attack: Attack, budget: Budget, target: Classifier, started: AttackState
) -> StepSession:
    """Return the session of an attack's step, an earlier one where it is the same step."""
    values = step_graph.inputs_of(attack, started)
    shapes = tuple((name, value.shape, value.dtype.str) for name, value in values.items())
    target.check_gradient_at(started.problem.originals[:1])
    common = step_graph.without_numbers(attack)
    return target.differentiated.step_session(
        (common, budget, started.problem.rule, target.array_pipeline, shapes),
        lambda: step_graph.trace_step(attack, budget, target, started),
    )
