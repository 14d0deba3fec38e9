"""The loop that all attacks share.

Each image has its own state; a finished one leaves the batch and a waiting one enters it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.batch import Problem
from percept_adv.attacks.engine.best import untouched
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.checking import check_mask, check_targets
from percept_adv.attacks.engine.engines import check_engine, prepared
from percept_adv.attacks.engine.outcome import finish, finish_at_once
from percept_adv.attacks.engine.result import Cost
from percept_adv.attacks.engine.running import Run
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.attacks.engine.walking import walks_of
from percept_adv.attacks.numerics.random_numbers import image_seeds
from percept_adv.errors import ParameterError
from percept_adv.storing import Png

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.rule import Attack, Method
    from percept_adv.attacks.engine.walking import Walk
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store

_NO_NUMBERS = "the model gives NaN for this image"


def attack_each(method: Method, request: AttackRequest) -> Iterator[ImageResult]:
    """Yield the outcome of each image as soon as it is finished."""
    check_engine(method, request.classifier, request.engine)
    classifier = request.classifier
    everything, truth = problem_of(request)
    attack, costs = method.learn(
        classifier, everything.originals, truth, seed=request.seed, callback=request.callback
    )
    attack = prepared(attack, classifier, request.engine)
    budget = Budget.of(attack, classifier, request.max_evaluations, everything.stores)
    if not len(truth):
        return
    logits = classifier.logits(everything.originals)
    everything = replace(everything, scale=score_scale(classifier.decision.rule, logits))
    for outcome in _attack_all(attack, request, everything, truth, logits, budget):
        yield costs.get(outcome.index, Cost()).added_to(outcome)


def problem_of(request: AttackRequest) -> tuple[Problem, NDArray[np.int64]]:
    """Return all images as a problem, their scores not yet scaled, and their true classes."""
    classifier = request.classifier
    originals, stores = _begin(classifier.checked_images(request.images), request.store)
    truth = classifier.checked_labels(request.labels, len(originals))
    goals = check_targets(request.targets, truth, classifier)
    problem = Problem(
        originals,
        truth if goals is None else goals,
        np.full(len(originals), goals is not None),
        np.arange(len(originals)),
        image_seeds(originals, request.seed),
        classifier.decision.rule,
        np.ones(len(originals), np.float32),
        stores,
        check_mask(request.mask, originals, classifier.seen),
        seen=classifier.seen,
    )
    return problem, truth


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
        run = Run(attack, budget, request, walk, finished)
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
    problem, tracked = walk.landed(walk.problem, untouched(walk.problem))
    yield from finish(attack, classifier, problem, tracked, budget, truth, logits)


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
