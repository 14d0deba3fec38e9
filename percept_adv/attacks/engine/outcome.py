"""The last step of each image: stored, judged by the deployed model, measured."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.lattice_search import settle
from percept_adv.attacks.engine.result import NO_TARGET, ImageResult
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier
    from percept_adv.decisions import Rule

_BAND = 256


def finish(
    attack: Attack,
    classifier: Classifier,
    problem: Problem,
    tracked: State,
    budget: Budget,
    truth: NDArray[np.int64],
    logits: NDArray[np.floating],
) -> Iterator[ImageResult]:
    """Yield the outcomes of images whose attack is over.

    ``truth`` (N,) and ``logits`` (N, K) are those of all originals, found by
    ``problem.indices``.
    """
    begin = perf_counter()
    images = tracked["image"]
    settled = settle(
        attack.settling,
        classifier,
        problem,
        images,
        tracked["found"],
        budget.left_to_store(tracked["evaluations"]),
    )
    success = problem.gap(np.stack([one.scores for one in settled])) < 0
    seconds = (perf_counter() - begin) / len(images)
    for row, one in enumerate(settled):
        yield ImageResult(
            **_described(problem, row, truth, logits),
            **_measured(problem.originals[row], images[row], one.pixels),
            **classified("after", problem.rule, one.scores[np.newaxis]),
            file=one.file,
            suffix=problem.stores[row].suffix,
            success=bool(success[row]),
            already_misclassified=False,
            best_c=float(tracked["c"][row]),
            # One more forward pass for the original.
            forward_count=int(tracked["passes"][row] + one.forward_count) + 1,
            backward_count=int(tracked["evaluations"][row] + one.backward_count),
            seconds=float(tracked["seconds"][row] + seconds),
            zero_gradients=int(tracked["zero_gradients"][row]),
            nan_gradients=int(tracked["nan_gradients"][row]),
        )


def finish_at_once(
    problem: Problem,
    index: int,
    truth: NDArray[np.int64],
    logits: NDArray[np.floating],
    failure: str = "",
) -> ImageResult:
    """Return the outcome of an image that is not attacked.

    It is misclassified (is the target) to begin with or, with a ``failure``, cannot be judged.
    """
    original, store = problem.originals[index], problem.stores[index]
    lattice = store.lattice(original)
    return ImageResult(
        **_described(problem, index, truth, logits),
        **_measured(original, original, lattice.original),
        file=lattice.encode(lattice.origin),
        suffix=store.suffix,
        **classified("after", problem.rule, logits[index : index + 1]),
        success=not failure,
        already_misclassified=not failure,
        best_c=float("nan"),
        forward_count=1,
        backward_count=0,
        seconds=0.0,
        failure=failure,
    )


def _described(
    problem: Problem, row: int, truth: NDArray[np.int64], logits: NDArray[np.floating]
) -> dict[str, Any]:
    index = int(problem.indices[row])
    describe = problem.rule.described
    return {
        "index": index,
        "label": describe(truth[index]),
        "target": describe(problem.labels[row]) if problem.targeted[row] else NO_TARGET,
        **classified("before", problem.rule, logits[index : index + 1]),
    }


def classified(when: str, rule: Rule, scores: NDArray[np.floating]) -> dict[str, Any]:
    """Return ``label_before`` or ``label_after`` and its confidence, from one image's scores."""
    decided = rule.predict(scores)
    return {
        f"label_{when}": rule.described(decided[0]),
        f"confidence_{when}": float(rule.confidence(scores, decided)[0]),
    }


def _measured(
    original: NDArray[np.float32], adversarial: NDArray[np.float32], stored: NDArray[np.uint8]
) -> dict[str, Any]:
    """Measure distances in float64, as sums over many pixels need it."""
    l2, linf = _distances(original, adversarial)
    stored_l2, stored_linf = _distances(original, stored)
    return {
        "original": original,
        "adversarial": adversarial,
        "stored": stored,
        "l2": l2,
        "linf": linf,
        "stored_l2": stored_l2,
        "stored_linf": stored_linf,
    }


def _distances(original: NDArray[np.float32], image: NDArray[Any]) -> tuple[float, float]:
    """Return the L2 and Linf distance of an image, of floats or bytes, band by band of rows."""
    square, largest = 0.0, 0.0
    for start in range(0, len(original), _BAND):
        part = image[start : start + _BAND]
        values = from_uint8(part, np.float64) if part.dtype == np.uint8 else part
        change = values - original[start : start + _BAND].astype(np.float64)
        square += float(np.vdot(change, change))
        largest = max(largest, float(np.abs(change).max(initial=0.0)))
    return float(np.sqrt(square)), largest
