"""What is tried when an attack had no usable gradient: failing blindly is no robustness.

An attack that was steered nowhere by half of its gradients or more is followed, within the budget,
by the same attack with its other loss, and by the Square Attack, which needs scores only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

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

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.rule import Attack, Method

_RADII = (8 / 255, 16 / 255, 32 / 255, 64 / 255)
"""Tried in turn after an attack that has no radius of its own; what is found is made smaller."""

_QUERIES = 1000
_QUERIES_PER_GRADIENT = 2
"""What a gradient costs, in forward passes."""


def attack_each(method: Method, request: AttackRequest) -> Iterator[ImageResult]:
    """Yield the outcome of each image as soon as it is finished.

    An image whose attack had no usable gradient is attacked once more by other means; its
    outcome then says so (``found_by``), and counts both.

    Parameters
    ----------
    method
        The attack with its parameters, as `make_rule` makes it.
    request
        What it is called with.

    Yields
    ------
    ImageResult
        In the order in which they end.

    Raises
    ------
    InputError
        If images, labels or parameters cannot be used.
    ModelError
        If the model cannot be differentiated.

    Examples
    --------
    >>> from percept_adv.attacks import AttackRequest, attack_each, make_rule
    >>> request = AttackRequest(classifier, images, labels)
    >>> [outcome.index for outcome in attack_each(make_rule("fgsm"), request)]
    [0]
    """
    caller = None if request.callback is None else Caller(request.callback)
    for outcome in driver.attack_each(method, replace(request, callback=caller)):
        ended = caller is not None and caller.has_ended(outcome.index)
        if ended or not (outcome.is_blind and isinstance(method, AttackBase)):
            yield outcome
        else:
            yield _try_again(method, outcome, _alone(request, outcome))


def _alone(request: AttackRequest, outcome: ImageResult) -> AttackRequest:
    """Return the request of one image that was attacked already, with what is left to spend.

    No callback is told of it, and its store begins at the outcome's original: compressed once,
    not twice.
    """
    own = request.take([outcome.index])
    store = own.store[0] if isinstance(own.store, Sequence) else own.store
    if store is not None:
        (image,) = request.classifier.checked_images(own.images)
        store = store.begin(image)[1]
    left = request.max_evaluations
    return replace(
        own,
        images=outcome.original[np.newaxis],
        store=store,
        max_evaluations=None if left is None else left - outcome.backward_count,
        callback=None,
        # What is tried now need not be one of those that can be a graph.
        engine="auto",
    )


def _try_again(method: Attack, outcome: ImageResult, alone: AttackRequest) -> ImageResult:
    """Return the outcome of the first of other attacks that works, or the failure, costs added."""
    left, unlimited = alone.max_evaluations, replace(alone, max_evaluations=None)
    for name, other in _others(method, outcome, left):
        if other.most_gradients and left is not None and left < 1:
            continue
        limited = replace(alone, max_evaluations=left)
        (found,) = driver.attack_each(other, limited if other.most_gradients else unlimited)
        forward = outcome.forward_count + found.forward_count
        if found.success and isinstance(other, SquareAttack) and not _has_radius(method):
            # Random squares are found with all of their radius: most of it is not needed.
            back = Segment(end=found.adversarial)
            (shorter,) = driver.attack_each(back, unlimited)
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
