"""From floats to what is stored: rounding to 8 bits, and repairing what rounding breaks.

An iterate of least distortion lies just behind the decision boundary, so that rounding
often throws it back. The repair turns single samples to the neighbouring level, those
that the gradient says help most, before it enlarges the perturbation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.queries import LossOracle
from percept_adv.attacks.engine.usable import usable
from percept_adv.images import from_uint8, to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

_TRIES = 8
_FIRST_AIM, _AIM_GROWTH = 1.25, 1.5
_ENLARGEMENTS = (1.02, 1.05, 1.1, 1.2, 1.4, 1.7, 2.0, 2.8, 4.0, 5.6, 8.0)


@dataclass(slots=True)
class Settled:
    """Stored images (B, H, W, C), their logits (B, K), and what deciding that cost (B,)."""

    stored: NDArray[np.uint8]
    logits: NDArray[np.float32]
    forward_count: NDArray[np.int64]
    backward_count: NDArray[np.int64]


def settle(
    attack: Attack, classifier: Classifier, problem: Problem, images: NDArray[np.floating]
) -> Settled:
    """Round images (B, H, W, C) to 8 bits and let the deployed model classify them."""
    stored = attack.store(problem.originals, images)
    counts = np.ones(len(images), np.int64)
    logits = classifier.logits(from_uint8(stored, np.float32))
    return Settled(stored, logits, counts, np.zeros_like(counts))


def repair(
    attack: Attack,
    classifier: Classifier,
    problem: Problem,
    images: NDArray[np.floating],
    settled: Settled,
    candidates: NDArray[np.intp],
    allowed: NDArray[np.int64],
) -> None:
    """Change those of the candidate rows that rounding has thrown back.

    ``settled`` is updated; images that no try mends keep their rounding. A row's gradient is
    taken at most ``allowed`` (B,) times; later tries go on with the last one.
    """
    rounded = settled.stored.copy()
    _turn_samples(attack, classifier, problem, images, settled, candidates, allowed)
    if attack.minimises_distortion:
        _enlarge(classifier, problem, images, settled, candidates)
    rows = _broken(problem, settled, candidates)
    if len(rows):
        settled.stored[rows] = rounded[rows]
        _classify(classifier, settled, rows)


def _turn_samples(
    attack: Attack,
    classifier: Classifier,
    problem: Problem,
    images: NDArray[np.floating],
    settled: Settled,
    candidates: NDArray[np.intp],
    allowed: NDArray[np.int64],
) -> None:
    """Turn more and more samples of the candidates that are still thrown back."""
    gradients = np.zeros_like(images)
    candidates = candidates[allowed[candidates] > 0]
    for attempt in range(_TRIES):
        rows = _broken(problem, settled, candidates)
        if not len(rows):
            return
        fresh = rows[settled.backward_count[rows] < allowed[rows]]
        if len(fresh):
            gradients[fresh] = _gap_gradient(classifier, problem.take(fresh), settled.stored[fresh])
            settled.backward_count[fresh] += 1
        part = problem.take(rows)
        gap = part.gap(settled.logits[rows])
        for i, row in enumerate(rows):
            wanted = (np.nan_to_num(gap[i]) + 1e-3) * _FIRST_AIM * _AIM_GROWTH**attempt
            turned = _turn(settled.stored[row], images[row], gradients[row], wanted)
            settled.stored[row] = _kept_inside(attack, problem.originals[row], turned)
        _classify(classifier, settled, rows)


def _gap_gradient(
    classifier: Classifier, problem: Problem, stored: NDArray[np.uint8]
) -> NDArray[np.floating]:
    """Return the gradient of the gap at stored images."""
    images = from_uint8(stored, np.float32)
    asked = LossOracle().ask(classifier, problem, images, {})
    step, _ = usable(problem, asked)
    return np.asarray(step.gradient)


def _kept_inside(
    attack: Attack, original: NDArray[np.floating], stored: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return a stored image where the attack has to stay."""
    batch = from_uint8(stored, np.float32)[np.newaxis]
    kept: NDArray[np.uint8] = attack.store(original[np.newaxis], batch)[0]
    return kept


def _turn(
    stored: NDArray[np.uint8],
    image: NDArray[np.floating],
    gradient: NDArray[np.floating],
    wanted: float,
) -> NDArray[np.uint8]:
    """Move samples by one level so that the gap falls by ``wanted`` to first order."""
    levels = stored.astype(np.int16)
    direction = -np.sign(gradient).astype(np.int16)
    moved = levels + direction
    possible = (direction != 0) & (moved >= 0) & (moved <= 255)
    # A sample may go to the other level that its float lies between at little cost in
    # distortion; others follow only when these do not suffice.
    cheap = np.sign(image * 255.0 - levels) == direction
    gain = np.where(possible, np.abs(gradient) / 255.0 * np.where(cheap, 1.0, 0.25), 0.0).ravel()
    order = np.argsort(-gain, kind="stable")
    fall = np.cumsum((np.abs(gradient) / 255.0 * possible).ravel()[order])
    count = int(np.searchsorted(fall, wanted)) + 1
    chosen = np.zeros(gain.shape, bool)
    chosen[order[:count]] = True
    chosen &= gain > 0
    return np.where(chosen.reshape(levels.shape), moved, levels).astype(np.uint8)


def _enlarge(
    classifier: Classifier,
    problem: Problem,
    images: NDArray[np.floating],
    settled: Settled,
    candidates: NDArray[np.intp],
) -> None:
    """Enlarge the perturbation of what is still thrown back, little by little."""
    for factor in _ENLARGEMENTS:
        rows = _broken(problem, settled, candidates)
        if not len(rows):
            return
        originals = problem.originals[rows]
        larger = originals + factor * (images[rows] - originals)
        settled.stored[rows] = to_uint8(np.clip(larger, 0, 1))
        _classify(classifier, settled, rows)


def _broken(problem: Problem, settled: Settled, candidates: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the candidates that the deployed model does not see as adversarial."""
    return candidates[~(problem.gap(settled.logits)[candidates] < 0)]


def _classify(classifier: Classifier, settled: Settled, rows: NDArray[np.intp]) -> None:
    settled.logits[rows] = classifier.logits(from_uint8(settled.stored[rows], np.float32))
    settled.forward_count[rows] += 1
