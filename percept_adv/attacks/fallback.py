"""What is tried when an attack had no usable gradient: failing blindly is no robustness.

An attack that was steered nowhere by half of its gradients or more is followed, within the budget,
by the same attack with its other loss, and by the Square Attack, which needs scores only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine import driver
from percept_adv.attacks.engine.queries import OBJECTIVES
from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.engine.stopping import Caller
from percept_adv.attacks.families.fixed_distortion import FixedDistortion
from percept_adv.attacks.families.segment import Segment
from percept_adv.attacks.methods.square import SquareAttack
from percept_adv.attacks.numerics.norms import LINF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.rule import Attack, Method
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store

_RADII = (8 / 255, 16 / 255, 32 / 255, 64 / 255)
"""Tried in turn after an attack that has no radius of its own; what is found is made smaller."""

_QUERIES = 1000
_QUERIES_PER_GRADIENT = 2
"""What a gradient costs, in forward passes."""


def attack_each(
    method: Method,
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    targets: NDArray[np.integer] | int | None = None,
    mask: NDArray[Any] | None = None,
    store: Store | Sequence[Store] | None = None,
    batch_size: int = 8,
    max_evaluations: int | None = None,
    callback: Callback | None = None,
    seed: int = 0,
) -> Iterator[ImageResult]:
    """Yield the outcome of each image as soon as it is finished; parameters as for `attack`.

    An image whose attack had no usable gradient is attacked once more by other means; its
    outcome then says so (``found_by``), and counts both.
    """
    caller = None if callback is None else Caller(callback)
    outcomes = driver.attack_each(
        method,
        classifier,
        images,
        labels,
        targets=targets,
        mask=mask,
        store=store,
        batch_size=batch_size,
        max_evaluations=max_evaluations,
        callback=caller,
        seed=seed,
    )
    for outcome in outcomes:
        ended = caller is not None and caller.has_ended(outcome.index)
        if ended or not (outcome.is_blind and isinstance(method, AttackBase)):
            yield outcome
            continue
        left = None if max_evaluations is None else max_evaluations - outcome.backward_count
        rows = slice(outcome.index, outcome.index + 1)
        alone = {
            "targets": targets[rows]
            if isinstance(targets, np.ndarray) and targets.ndim
            else targets,
            "mask": mask if mask is None or np.ndim(mask) == 2 else mask[rows],
            "store": _begun(classifier, store, outcome.index, images),
            "seed": seed,
        }
        right = np.asarray(labels)[rows] if np.ndim(labels) else labels
        yield _try_again(method, classifier, outcome, right, left, alone)


def _begun(
    classifier: Classifier,
    store: Store | Sequence[Store] | None,
    index: int,
    images: NDArray[Any],
) -> Store | None:
    """Return the store that begins at an outcome's original: compressed once, not twice."""
    own = store[index] if isinstance(store, Sequence) else store
    if own is None:
        return None
    (image,) = classifier.checked_images(np.asarray(images)[index : index + 1])
    return own.begin(image)[1]


def _try_again(
    method: Attack,
    classifier: Classifier,
    outcome: ImageResult,
    label: Any,
    left: int | None,
    alone: dict[str, Any],
) -> ImageResult:
    """Return the outcome of the first of other attacks that works, or the failure, costs added."""
    for name, other in _others(method, outcome, left):
        budget = left if other.most_gradients else None
        if other.most_gradients and left is not None and left < 1:
            continue
        original = outcome.original[np.newaxis]
        (found,) = driver.attack_each(
            other, classifier, original, label, max_evaluations=budget, **alone
        )
        forward = outcome.forward_count + found.forward_count
        if found.success and isinstance(other, SquareAttack) and not _has_radius(method):
            # Random squares are found with all of their radius: most of it is not needed.
            back = Segment(end=found.adversarial)
            (shorter,) = driver.attack_each(back, classifier, original, label, **alone)
            forward += shorter.forward_count
            found = shorter if shorter.success else found
        backward = outcome.backward_count + found.backward_count
        seconds = outcome.seconds + found.seconds
        left = None if left is None else left - found.backward_count
        if not found.success:
            found = outcome
        outcome = replace(
            found,
            index=outcome.index,
            forward_count=forward,
            backward_count=backward,
            seconds=seconds,
            zero_gradients=outcome.zero_gradients,
            nan_gradients=outcome.nan_gradients,
            found_by=name if found.success else "",
        )
        if outcome.success:
            break
    return outcome


def _has_radius(method: Attack) -> bool:
    return isinstance(method, FixedDistortion)


def _others(method: Attack, outcome: ImageResult, left: int | None) -> Iterator[tuple[str, Attack]]:
    """Yield other attacks, each with its name for the result."""
    loss = getattr(method, "loss", None)
    for objective in OBJECTIVES:
        if loss is not None and objective != loss:
            yield objective, replace(method, loss=objective)  # type: ignore[type-var]
    queries = _QUERIES if left is None else min(_QUERIES, _QUERIES_PER_GRADIENT * max(left, 0))
    if isinstance(method, FixedDistortion):
        # A perturbation of +-eps in every sample is as long as the L2 ball allows.
        samples = outcome.original.size
        radius = method.eps if method.ball.measure is LINF else method.eps / samples**0.5
        radii: tuple[float, ...] = (radius,)
    else:
        radii = _RADII
    each = queries // len(radii)
    if each and not isinstance(method, SquareAttack):
        for radius in radii:
            yield "square", SquareAttack(eps=radius, iterations=each)
