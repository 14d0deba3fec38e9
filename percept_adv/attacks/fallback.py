"""What is tried when an attack had no usable gradient: failing blindly is no robustness.

An attack that was steered nowhere by half of its gradients or more is followed, within the budget,
by the same attack with its other loss, by gradients that are estimated from finite differences of
the scores, and by the Square Attack, which needs scores only as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine import driver
from percept_adv.attacks.engine.checking import check_request
from percept_adv.attacks.engine.queries import OBJECTIVES
from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.engine.stopping import Caller
from percept_adv.attacks.families.estimated import EstimatedInBall
from percept_adv.attacks.families.fixed_distortion import FixedDistortion
from percept_adv.attacks.families.segment import Segment
from percept_adv.attacks.methods.nes import EvolutionStrategies
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
"""The most forward passes of finite differences, and of squares."""
_QUERIES_PER_GRADIENT = 2
"""What a gradient costs, in forward passes."""
_PAIRS = 25
_LEAST_STEPS = 20
"""Fewer directions are compared where there is not enough for so many steps."""


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
    check_request(request)
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
    budget = _Budget(alone.max_evaluations)
    for name, other, gradients in _others(method, outcome, budget):
        (found,) = driver.attack_each(other, replace(alone, max_evaluations=gradients))
        forward = outcome.forward_count + found.forward_count
        budget.spend(found, in_passes=not other.most_gradients)
        if found.success and isinstance(other, SquareAttack) and not _has_radius(method):
            # Random squares are found with all of their radius: most of it is not needed.
            back = Segment(end=found.adversarial)
            (shorter,) = driver.attack_each(back, replace(alone, max_evaluations=None))
            forward += shorter.forward_count
            found = shorter if shorter.success else found
        backward = outcome.backward_count + found.backward_count
        seconds = outcome.seconds + found.seconds
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


@dataclass(slots=True)
class _Budget:
    """What is left to spend: gradients, or None for any number of them."""

    gradients: int | None

    def gradients_for(self, share: float) -> int | None:
        """Return how many gradients a share of the rest is."""
        return None if self.gradients is None else ceil(share * self.gradients)

    def passes_for(self, share: float) -> int:
        """Return how many forward passes a share of the rest pays for."""
        if self.gradients is None:
            return _QUERIES
        return min(_QUERIES, int(share * _QUERIES_PER_GRADIENT * max(self.gradients, 0)))

    def spend(self, found: ImageResult, *, in_passes: bool) -> None:
        """Take off what an attack has cost."""
        if self.gradients is not None:
            passes = ceil(found.forward_count / _QUERIES_PER_GRADIENT)
            self.gradients -= passes if in_passes else found.backward_count


def _has_radius(method: Attack) -> bool:
    return isinstance(method, FixedDistortion)


def _others(
    method: Attack, outcome: ImageResult, budget: _Budget
) -> Iterator[tuple[str, Attack, int | None]]:
    """Yield other attacks, each with its name for the result and the gradients it may take."""
    for find in (_other_losses, _estimates, _squares):
        yield from find(method, outcome, budget)


def _other_losses(
    method: Attack,
    outcome: ImageResult,  # noqa: ARG001
    budget: _Budget,
) -> Iterator[tuple[str, Attack, int | None]]:
    """Yield the same attack with the loss that it does not have."""
    loss = getattr(method, "loss", None)
    for objective in OBJECTIVES:
        gradients = budget.gradients_for(0.5)
        if loss not in (None, objective) and gradients != 0:
            yield objective, replace(method, loss=objective), gradients  # type: ignore[type-var]


def _estimates(
    method: Attack,
    outcome: ImageResult,  # noqa: ARG001
    budget: _Budget,
) -> Iterator[tuple[str, Attack, int | None]]:
    """Yield an attack by finite differences, in the ball of an attack that has one."""
    passes = budget.passes_for(0.5)
    pairs = min(_PAIRS, (passes // _LEAST_STEPS - 1) // 2)
    if pairs < 1:
        return
    walk = {"pairs": pairs, "iterations": passes // (2 * pairs + 1)}
    if isinstance(method, FixedDistortion):
        yield "finite differences", EstimatedInBall(ball=method.ball, **walk), None
    else:
        yield "finite differences", EvolutionStrategies(**walk), None


def _squares(
    method: Attack, outcome: ImageResult, budget: _Budget
) -> Iterator[tuple[str, Attack, int | None]]:
    """Yield random searches of growing radius, or of the radius of an attack that has one."""
    if isinstance(method, SquareAttack):
        return
    if isinstance(method, FixedDistortion):
        # A perturbation of +-eps in every sample is as long as the L2 ball allows.
        samples = outcome.original.size
        radius = method.eps if method.ball.measure is LINF else method.eps / samples**0.5
        radii: tuple[float, ...] = (radius,)
    else:
        radii = _RADII
    each = budget.passes_for(1.0) // len(radii)
    for radius in radii:
        if each:
            yield "square", SquareAttack(eps=radius, iterations=each), None
