"""The loop that all attacks share.

Each image has its own state; a finished one leaves the batch and a waiting one enters it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.batch import Problem
from percept_adv.attacks.engine.best import track, tracking_start
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.checking import check_mask, check_targets
from percept_adv.attacks.engine.outcome import finish, finish_at_once
from percept_adv.attacks.engine.result import Cost, StepInfo
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.attacks.engine.stopping import ended_by
from percept_adv.attacks.engine.usable import usable
from percept_adv.attacks.engine.walking import walks_of
from percept_adv.attacks.numerics.arrays import join, take
from percept_adv.attacks.numerics.random_numbers import image_seeds
from percept_adv.errors import ParameterError
from percept_adv.storing import Png

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.rule import Attack, Method
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.engine.walking import Walk
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store

_MOST_SAMPLES = 1 << 24
_NO_NUMBERS = "the model gives NaN for this image"


def attack_each(method: Method, request: AttackRequest) -> Iterator[ImageResult]:
    """Yield the outcome of each image as soon as it is finished."""
    classifier = request.classifier
    originals, stores = _begin(classifier.checked_images(request.images), request.store)
    truth = classifier.checked_labels(request.labels, len(originals))
    goals = check_targets(request.targets, truth, classifier)
    attack, costs = method.learn(
        classifier, originals, truth, seed=request.seed, callback=request.callback
    )
    budget = Budget.of(attack, classifier, request.max_evaluations)
    if not len(originals):
        return
    logits = classifier.logits(originals)
    everything = Problem(
        originals,
        truth if goals is None else goals,
        np.full(len(originals), goals is not None),
        np.arange(len(originals)),
        image_seeds(originals, request.seed),
        classifier.decision.rule,
        score_scale(classifier.decision.rule, logits),
        stores,
        check_mask(request.mask, originals),
    )
    for outcome in _attack_all(attack, request, everything, truth, logits, budget):
        yield costs.get(outcome.index, Cost()).added_to(outcome)


def _attack_all(
    attack: Attack,
    request: AttackRequest,
    everything: Problem,
    truth: NDArray[np.int64],
    logits: NDArray[np.float32],
    budget: Budget,
) -> Iterator[ImageResult]:
    """Yield the outcomes of checked images, whose scores are known."""
    classifier = request.classifier
    gap = everything.gap(logits)
    for index in np.flatnonzero(np.isnan(gap)):
        yield finish_at_once(everything, int(index), truth, logits, failure=_NO_NUMBERS)
    for index in np.flatnonzero(gap < 0):
        yield finish_at_once(everything, int(index), truth, logits)
    ended, finished = False, 0
    for walk in walks_of(attack, classifier, everything.take(np.flatnonzero(gap >= 0))):
        if ended:
            yield from _unchanged(attack, classifier, walk, budget, truth, logits)
            continue
        run = _Run(attack, classifier, walk, request.batch_size, budget, request.callback, finished)
        for problem, tracked in run.leaving():
            yield from finish(attack, classifier, problem, tracked, budget, truth, logits)
        ended, finished = run.ended, run.finished


def _unchanged(
    attack: Attack,
    classifier: Classifier,
    walk: Walk,
    budget: Budget,
    truth: NDArray[np.int64],
    logits: NDArray[np.float32],
) -> Iterator[ImageResult]:
    """Yield the images of a walk that is not begun, as they are."""
    problem, tracked = walk.landed(walk.problem, tracking_start(walk.problem))
    yield from finish(attack, classifier, problem, tracked, budget, truth, logits)


@dataclass(slots=True)
class _Run:
    """One walk: a finished image leaves the batch and a waiting one enters it.

    ``ended`` says whether the callback has ended all images, ``finished`` how many have left.
    """

    attack: Attack
    classifier: Classifier
    walk: Walk
    batch_size: int
    budget: Budget
    callback: Callback | None
    finished: int
    ended: bool = False

    def leaving(self) -> Iterator[tuple[Problem, State]]:
        """Yield images with what was found of them, as soon as they leave."""
        everything = self.walk.problem
        waiting = np.arange(len(everything.originals))
        batch = _Batch.enter(self.attack, everything.take(waiting[:0]))
        steps = 0
        while len(waiting) or len(batch):
            free = self._most_together() - len(batch)
            if free > 0 and len(waiting):
                entering = _Batch.enter(self.attack, everything.take(waiting[:free]))
                batch, waiting = batch.join(entering), waiting[free:]
            batch.step(self.attack, self.walk.target)
            steps += 1
            done = batch.over(self.attack, self.budget)
            if self.callback is not None:
                told = batch.told(self.attack, steps, self.finished + int(done.sum()))
                ended, self.ended = ended_by(self.callback, told)
                done = done | ended
                if self.ended and len(waiting):
                    # They come back as they are.
                    left = everything.take(waiting)
                    yield self.walk.landed(left, tracking_start(left))
                    waiting = waiting[:0]
            if done.any():
                gone = batch.take(np.flatnonzero(done))
                self.finished += len(gone)
                yield self.walk.landed(gone.problem, gone.tracked)
                batch = batch.take(np.flatnonzero(~done))

    def _most_together(self) -> int:
        """Return how many images are attacked together: as many as fit into the memory."""
        samples = max(int(np.prod(self.walk.problem.originals.shape[1:])), 1)
        return max(min(self.batch_size, _MOST_SAMPLES // samples), 1)


def _begin(
    images: NDArray[np.float32], store: Store | Sequence[Store] | None
) -> tuple[NDArray[np.float32], tuple[Store, ...]]:
    """Return the images as they come back from their unchanged files, and the store of each."""
    if isinstance(store, Sequence) and len(store) != len(images):
        raise ParameterError(f"{len(store)} stores for {len(images)} images: give one for each")
    wanted = store if isinstance(store, Sequence) else [store or Png()] * len(images)
    begun = [one.begin(image) for one, image in zip(wanted, images, strict=True)]
    stores = tuple(one for _, one in begun)
    return np.array([image for image, _ in begun], np.float32).reshape(images.shape), stores


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
        guided = replace(problem, guidance=attack.guide(problem))
        batch = cls(guided, attack.start(guided), tracking_start(guided))
        share = (perf_counter() - begin) / max(len(batch), 1)
        batch.tracked["seconds"] = batch.tracked["seconds"] + share
        return batch

    def __len__(self) -> int:
        return len(self.problem.originals)

    def step(self, attack: Attack, target: Target) -> None:
        """Propose, classify, remember the best, update."""
        begin = perf_counter()
        images, state = attack.propose(self.problem, self.state)
        images = self.problem.confined(images)
        step, unusable = usable(self.problem, attack.query.ask(target, self.problem, images, state))
        self.tracked = track(attack, self.problem, self.tracked, step, state, unusable)
        self.state = attack.update(self.problem, state, step)
        self.tracked["seconds"] = self.tracked["seconds"] + (perf_counter() - begin) / len(self)

    def over(self, attack: Attack, budget: Budget) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""
        return np.asarray(attack.finished(self.state)) | budget.spent(self.tracked["evaluations"])

    def told(self, attack: Attack, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told after a step."""
        shares = np.broadcast_to(np.asarray(attack.share_done(self.state)), (len(self),))
        found = self.tracked["found"]
        return StepInfo(
            steps,
            len(self),
            finished,
            int(found.sum()),
            float(np.clip(shares, 0, 1).sum()),
            self.problem.indices,
            np.where(found, self.tracked["l2"], np.inf),
        )

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
