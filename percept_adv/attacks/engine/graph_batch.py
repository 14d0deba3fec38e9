"""A batch of fixed size whose step is one graph; its state stays where the provider computes."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine import step_graph
from percept_adv.attacks.engine.best import tracking_start
from percept_adv.attacks.engine.result import StepInfo
from percept_adv.attacks.numerics.arrays import join, take

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        self._problem: Problem | None = None
        self._session: StepSession
        self._told: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return int(self._taken.sum())

    @property
    def room(self) -> int:
        """How many images can still enter."""
        return len(self._taken) - len(self)

    @property
    def problem(self) -> Problem:
        """The problem of the images that are there."""
        return self._entered().take(np.flatnonzero(self._taken))

    def enter(self, problem: Problem) -> None:
        """Take in new images, no more than there are empty places."""
        begin = perf_counter()
        count = len(problem.originals)
        guided = replace(problem, guidance=self._attack.guide(problem))
        state, tracked = self._attack.start(guided), tracking_start(guided)
        del tracked["seconds"]
        places = np.flatnonzero(~self._taken)[:count]
        if self._problem is None:
            # Empty places hold copies, which nobody looks at.
            rows = np.zeros(len(self._taken), np.intp)
            rows[places] = np.arange(count)
            self._problem = guided.take(rows)
            state, tracked = take(state, rows), take(tracked, rows)
            self._session = step_session(
                self._attack, self._budget, self._target, self._problem, state, tracked
            )
        else:
            rows = np.arange(len(self._taken))
            rows[places] = len(rows) + np.arange(count)
            self._problem = self._problem.join(guided).take(rows)
            state = take(join(self._held(step_graph.ATTACK, state), state), rows)
            tracked = take(join(self._held(step_graph.TRACKED, tracked), tracked), rows)
        self._taken[places] = True
        self._seconds[places] = (perf_counter() - begin) / max(count, 1)
        self._session.put(step_graph.problem_values(self._problem))
        self._session.put(step_graph.state_values(state, tracked))
        self._session.put({step_graph.ALIVE: self._taken})

    def step(self) -> None:
        """Take some steps."""
        begin = perf_counter()
        self._told = self._session.run_steps(_STEPS[self._target.provider])
        self._seconds[self._taken] += (perf_counter() - begin) / len(self)

    def over(self) -> NDArray[np.bool_]:
        """Return which of the images are finished, or have used up their budget."""
        return self._told[step_graph.OVER][self._taken]

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told after a step."""
        found = self._told[step_graph.FOUND][self._taken]
        told = [self._told[name][self._taken] for name in (step_graph.SHARE, step_graph.L2)]
        return StepInfo.of(steps, finished, self.problem, found, *told)

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Return some of the images with what was found of them, and empty their places."""
        places = np.flatnonzero(self._taken)[gone]
        problem = self._entered().take(places)
        names = tracking_start(problem)
        del names["seconds"]
        tracked = take(self._held(step_graph.TRACKED, names), places)
        tracked["seconds"] = self._seconds[places]
        self._taken[places] = False
        self._session.put({step_graph.ALIVE: self._taken})
        return problem, tracked

    def _held(self, part: str, names: Iterable[str]) -> State:
        """Return entries of the state of all places, from the device."""
        held = self._session.state([f"{part}/{name}" for name in names])
        return {name.removeprefix(f"{part}/"): value for name, value in held.items()}

    def _entered(self) -> Problem:
        """Return the problem of all places."""
        if self._problem is None:
            raise RuntimeError("no image has entered yet")
        return self._problem


def step_session(
    attack: Attack,
    budget: Budget,
    target: Classifier,
    problem: Problem,
    state: State,
    tracked: State,
) -> StepSession:
    """Return the session of an attack's step, an earlier one where it is the same step."""
    values = step_graph.problem_values(problem) | step_graph.state_values(state, tracked)
    shapes = tuple((name, value.shape, value.dtype.str) for name, value in values.items())
    return target.differentiated.step_session(
        (attack, budget, problem.rule, target.array_pipeline, shapes),
        lambda: step_graph.trace_step(attack, budget, target, problem, state, tracked),
    )
