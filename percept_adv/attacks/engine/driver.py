"""The loop that all attacks share.

Each image has its own state; a finished one leaves the batch and a waiting one enters it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from inspect import signature
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from percept_adv.attacks.engine.batch import Problem
from percept_adv.attacks.engine.best import track, tracking_start
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.checking import check_mask, check_targets
from percept_adv.attacks.engine.outcome import finish, finish_at_once
from percept_adv.attacks.engine.result import AttackResult
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.attacks.engine.usable import usable
from percept_adv.attacks.numerics.arrays import join, take
from percept_adv.attacks.numerics.random_numbers import image_seeds
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier

Made = TypeVar("Made")

_NO_NUMBERS = "the model gives NaN for this image"


@dataclass(frozen=True, slots=True)
class StepInfo:
    """Progress, told to a callback after each step of the batch.

    ``step`` counts the steps so far; ``active`` images are in the batch, ``finished`` ones
    have left it, and ``found`` of the active ones have been misclassified already.
    ``done`` adds up how much of its longest way each active image has behind it.
    """

    step: int
    active: int
    finished: int
    found: int
    done: float


def run_attack(
    rule: Callable[..., Attack],
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    targets: NDArray[np.integer] | None = None,
    mask: NDArray[Any] | None = None,
    batch_size: int = 8,
    max_evaluations: int | None = None,
    callback: Callable[[StepInfo], None] | None = None,
    seed: int = 0,
    **parameters: Any,
) -> AttackResult:
    """Build an attack from its parameters and run it on all images; see `attack`."""
    outcomes = attack_each(
        build_with(rule, parameters),
        classifier,
        images,
        labels,
        targets=targets,
        mask=mask,
        batch_size=batch_size,
        max_evaluations=max_evaluations,
        callback=callback,
        seed=seed,
    )
    return AttackResult.of(list(outcomes))


def build_with(made: Callable[..., Made], parameters: dict[str, Any]) -> Made:
    """Return a rule, or a search, with its parameters.

    Raises
    ------
    ParameterError
        If a parameter is unknown, or its value outside its range.
    """
    try:
        return made(**parameters)
    except TypeError as error:
        raise ParameterError(f"{made.__name__}: {error}; it takes {signature(made)}") from error


def attack_each(
    attack: Attack,
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    targets: NDArray[np.integer] | None = None,
    mask: NDArray[Any] | None = None,
    batch_size: int = 8,
    max_evaluations: int | None = None,
    callback: Callable[[StepInfo], None] | None = None,
    seed: int = 0,
) -> Iterator[ImageResult]:
    """Yield the outcome of each image as soon as it is finished; parameters as for `attack`."""
    originals = classifier.checked_images(images)
    truth = classifier.checked_labels(labels, len(originals))
    goals = check_targets(targets, truth, classifier)
    budget = Budget.of(attack, classifier, max_evaluations)
    if not len(originals):
        return
    logits = classifier.logits(originals)
    everything = Problem(
        originals,
        truth if goals is None else goals,
        np.full(len(originals), goals is not None),
        np.arange(len(originals)),
        image_seeds(originals, seed),
        classifier.decision.rule,
        score_scale(classifier.decision.rule, logits),
        check_mask(mask, originals),
    )
    gap = everything.gap(logits)
    for index in np.flatnonzero(np.isnan(gap)):
        yield finish_at_once(everything, int(index), truth, logits, failure=_NO_NUMBERS)
    for index in np.flatnonzero(gap < 0):
        yield finish_at_once(everything, int(index), truth, logits)
    waiting = np.flatnonzero(gap >= 0)
    batch = _Batch.enter(attack, everything.take(waiting[:0]))
    steps = finished = 0
    while len(waiting) or len(batch):
        free = max(batch_size, 1) - len(batch)
        if free > 0 and len(waiting):
            entering = _Batch.enter(attack, everything.take(waiting[:free]))
            batch, waiting = batch.join(entering), waiting[free:]
        batch.step(attack, classifier)
        steps += 1
        done = batch.over(attack, budget)
        if callback is not None:
            callback(batch.told(attack, steps, finished + int(done.sum())))
        if done.any():
            leaving = batch.take(np.flatnonzero(done))
            finished += len(leaving)
            yield from finish(
                attack, classifier, leaving.problem, leaving.tracked, budget, truth, logits
            )
            batch = batch.take(np.flatnonzero(~done))


@dataclass(slots=True)
class _Batch:
    """The images under attack: problem, attack's state and record, row by row."""

    problem: Problem
    state: State
    tracked: State

    @classmethod
    def enter(cls, attack: Attack, problem: Problem) -> _Batch:
        """Begin with new images."""
        begin = perf_counter()
        guided = replace(problem, guidance=attack.guide(problem.originals))
        batch = cls(guided, attack.start(guided), tracking_start(guided))
        share = (perf_counter() - begin) / max(len(batch), 1)
        batch.tracked["seconds"] = batch.tracked["seconds"] + share
        return batch

    def __len__(self) -> int:
        return len(self.problem.originals)

    def step(self, attack: Attack, classifier: Classifier) -> None:
        """Propose, classify, remember the best, update."""
        begin = perf_counter()
        images, state = attack.propose(self.problem, self.state)
        images = self.problem.confined(images)
        step, unusable = usable(
            self.problem, attack.oracle.ask(classifier, self.problem, images, state)
        )
        self.tracked = track(attack, self.problem, self.tracked, step, state, unusable)
        self.state = attack.update(self.problem, state, step)
        self.tracked["seconds"] = self.tracked["seconds"] + (perf_counter() - begin) / len(self)

    def over(self, attack: Attack, budget: Budget) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""
        return np.asarray(attack.finished(self.state)) | budget.spent(self.tracked["evaluations"])

    def told(self, attack: Attack, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told after a step."""
        shares = np.broadcast_to(np.asarray(attack.share_done(self.state)), (len(self),))
        found = int(self.tracked["found"].sum())
        return StepInfo(steps, len(self), finished, found, float(np.clip(shares, 0, 1).sum()))

    def take(self, rows: NDArray[np.intp]) -> _Batch:
        """Return the batch of some rows."""
        return _Batch(self.problem.take(rows), take(self.state, rows), take(self.tracked, rows))

    def join(self, other: _Batch) -> _Batch:
        """Return the batch of both."""
        return _Batch(
            self.problem.join(other.problem),
            join(self.state, other.state),
            join(self.tracked, other.tracked),
        )
