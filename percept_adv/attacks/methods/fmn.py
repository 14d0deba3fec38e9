"""FMN (Pintor et al., 2021).

"Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints", algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from percept_adv.attacks.engine.settling import least_or_near
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, per_image, unit
from percept_adv.attacks.numerics.norms import MEASURES
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.registry import declare
from percept_adv.parameters import choice, real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State


_TINY = 1e-12


@declare(
    "fmn",
    title="FMN, fast minimum norm",
    paper="Pintor, Roli, Brendel and Biggio, "
    '"Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints", 2021',
    family="minimum distortion",
    distances=("l2", "linf"),
    when="The least L2 or Linf in a hundred gradients.",
)
@dataclass(frozen=True, kw_only=True)
class FastMinimumNorm(Iterated):
    """Follow the gradient inside a ball whose radius follows the decision boundary.

    Until the first success the radius is the linear estimate of the boundary's distance;
    then it shrinks after a success, to no more than the least norm found, and grows else.
    """

    distance: Literal["l2", "linf"] = choice("l2", *MEASURES, summary="The norm that is minimised.")
    step_size: float = real(
        1.0, above=0, unit="L2", summary="Norm of the first step; the last is a hundredth of it."
    )
    gamma: float = real(
        0.05, above=0, below=1, summary="Relative change of the radius in the first step."
    )
    last_gamma: float = real(
        0.001, above=0, below=1, summary="Relative change of the radius in the last step."
    )

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored, where it is L2."""
        return least_or_near(self.distance)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with no radius and nothing found."""
        begun = super().start(problem)
        infinite = begun["iteration"] + namespace(begun["iteration"]).inf
        return {**begun, "radius": infinite, "least": infinite}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Adapt the radius, take a step, return to the ball and to [0, 1]."""
        xp = namespace(step.images)
        measure = MEASURES[self.distance]
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
        return MEASURES[self.distance].length(images - problem.originals)
