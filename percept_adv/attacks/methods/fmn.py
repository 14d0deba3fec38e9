"""FMN (Pintor et al., 2021).

"Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints", algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.rule import check_positive
from percept_adv.attacks.numerics.arrays import namespace, per_image, unit
from percept_adv.attacks.numerics.norms import measure_of
from percept_adv.attacks.numerics.schedules import cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class FastMinimumNorm(Iterated):
    """Follow the gradient inside a ball whose radius follows the decision boundary.

    Until the first success the radius is the linear estimate of the boundary's distance;
    then it shrinks after a success, to no more than the least norm found, and grows else.

    Attributes
    ----------
    distance
        ``"l2"`` or ``"linf"``: the norm that is minimised.
    step_size
        L2 norm of the first step; the last is a hundredth of it.
    gamma, last_gamma
        By how much the radius changes at first and at last, relatively.
    """

    distance: Literal["l2", "linf"] = "l2"
    step_size: float = 1.0
    gamma: float = 0.05
    last_gamma: float = 0.001

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(step_size=self.step_size, gamma=self.gamma, last_gamma=self.last_gamma)
        measure_of(self.distance)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with no radius and nothing found."""
        begun = super().start(problem)
        infinite = begun["iteration"] + namespace(begun["iteration"]).inf
        return {**begun, "radius": infinite, "least": infinite}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Adapt the radius, take a step, return to the ball and to [0, 1]."""
        xp = namespace(step.images)
        measure = measure_of(self.distance)
        perturbation = step.images - problem.originals
        length = measure.length(perturbation)
        success = step.gap < 0
        least = xp.where(success, xp.minimum(length, state["least"]), state["least"])
        gamma = cosine(self.gamma, self.last_gamma, self.progress(state))
        slope = measure.dual(step.gradient)
        tiny = xp.full_like(slope, _TINY)
        estimate = length + xp.maximum(step.gap, 0 * slope) / xp.maximum(slope, tiny)
        # An estimate that is exact ends on the boundary: a little further is behind it.
        beyond = estimate * (1 + self.last_gamma)
        outwards = xp.where(xp.isinf(least), beyond, state["radius"] * (1 + gamma))
        inwards = xp.minimum(state["radius"] * (1 - gamma), least)
        radius = xp.where(success, inwards, outwards)
        rate = cosine(self.step_size, self.step_size / 100, self.progress(state))
        moved = perturbation - per_image(rate, perturbation) * unit(step.gradient)
        return {
            "image": xp.clip(problem.originals + measure.project(moved, radius), 0, 1),
            "iteration": state["iteration"] + 1,
            "radius": radius,
            "least": least,
        }

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return the norm that is minimised."""
        return measure_of(self.distance).length(images - problem.originals)


def fmn(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with FMN, for the least L2 or Linf norm.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `FastMinimumNorm`.
    """
    return run_attack(FastMinimumNorm, classifier, images, labels, **options)
