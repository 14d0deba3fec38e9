"""ALMA (Rony et al., "Augmented Lagrangian Adversarial Attacks", 2021; algorithm 2).

Penalty P2, multipliers and their constants as in its authors' adv-lib, and steps that shrink
from an image's first success on. Different from there: the squared L2 norm is minimised, and the
steps are scaled by the remembered norm of the whole gradient rather than sample by sample. At
the same memory neither changed the median distance by more than 1 %:
``benchmarks/attacks_parity.py`` compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Literal

from percept_adv.attacks.engine.settling import least_or_near
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, norm, per_image
from percept_adv.attacks.numerics.lagrangian import (
    multipliers_next,
    multipliers_start,
    penalty_slope,
    scaled_gap,
)
from percept_adv.attacks.numerics.schedules import exponential
from percept_adv.attacks.perceptual.distances import DISTANCES
from percept_adv.attacks.registry import declare
from percept_adv.parameters import choice, real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State

_TINY = 1e-8
_LONGEST_MEMORY = 0.9
_MOST_MOMENTUM, _BUILT_UP_IN = 0.75, 10
"""In front of the boundary: the most, and after how many steps it would be 1."""

_MULTIPLIERS = ("mu", "rho", "reached", "checked_d")


@declare(
    "alma",
    title="ALMA",
    paper='Rony, Granger, Pedersoli and Ben Ayed, "Augmented Lagrangian Adversarial Attacks", 2021',
    family="minimum distortion",
    distances=("l2", "ssim", "ciede2000"),
    when="The least L2, colour difference or loss of SSIM in a hundred gradients.",
)
@dataclass(frozen=True, kw_only=True)
class AugmentedLagrangian(Iterated):
    """Minimise a distance with misclassification as a constraint."""

    distance: Literal["l2", "ssim", "ciede2000"] = choice(
        "l2", *DISTANCES, summary="What is minimised; ssim stands for 1 - SSIM."
    )
    learning_rate: float = real(
        0.1,
        above=0,
        unit="L2",
        summary="Norm of the first steps. From an image's first success on it falls"
        " to a hundredth.",
    )
    memory: float | None = real(
        None,
        least=0,
        below=1,
        if_none="by the number of iterations: 0 up to 37, 0.5 for 100, 0.9 for 1000",
        summary="Share kept of the last step, of the gradient's norm and of the multipliers.",
    )
    check_every: int = whole(
        10,
        least=1,
        unit="steps",
        summary="The penalty may grow every so many steps, if the constraint has not improved.",
    )

    @property
    def kept(self) -> float:
        """What ``memory`` comes to: a walk of few steps cannot wait for a long one."""
        if self.memory is not None:
            return self.memory
        return min(_LONGEST_MEMORY, 1 - _forgotten(self.iterations))

    @property
    def is_traceable(self) -> bool:
        """Not with CIEDE2000, whose hue is an angle of two numbers: ONNX has no such function."""
        return self.distance != "ciede2000"

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored, where it is L2."""
        return least_or_near(self.distance)

    def start(self, problem: Problem) -> State:
        """Begin at the original."""
        begun = super().start(problem)
        zeros = begun["iteration"]
        velocity = namespace(problem.originals).zeros_like(problem.originals)
        memory = {"velocity": velocity, "square": zeros, "first_gap": zeros}
        first_success = zeros + self.iterations
        return {**begun, **multipliers_start(zeros), **memory, "first_success": first_success}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Adapt the multipliers and take a step down the Lagrangian."""
        xp = namespace(step.images)
        multipliers, gradient = self._lagrangian(problem, state, step)
        change, entries = self._descend({**state, **multipliers}, gradient)
        return {
            **multipliers,
            **entries,
            "image": xp.clip(step.images - change, 0, 1),
            "iteration": state["iteration"] + 1,
        }

    def _lagrangian(self, problem: Problem, state: State, step: Step) -> tuple[State, Array]:
        """Return the new multipliers, and the Lagrangian's gradient by the images."""
        xp = namespace(step.gap)
        iteration = state["iteration"]
        first_gap = xp.where(iteration == 0, step.gap, state["first_gap"])
        d, factor = scaled_gap(step, first_gap)
        multipliers = multipliers_next(
            {name: state[name] for name in _MULTIPLIERS},
            d,
            iteration,
            self.check_every,
            self.kept,
        )
        slope = factor * penalty_slope(d, multipliers["rho"], multipliers["mu"])
        _, gradient = DISTANCES[self.distance](problem.originals, step.images)
        multipliers["first_gap"] = first_gap
        success = xp.where(step.gap < 0, iteration, state["first_success"])
        multipliers["first_success"] = xp.minimum(state["first_success"], success)
        return multipliers, gradient + per_image(slope, step.gradient) * step.gradient

    def _descend(self, state: State, gradient: Array) -> tuple[Array, State]:
        """Return the change of the variable: momentum over the remembered norm of gradients."""
        xp = namespace(gradient)
        # At first the memory is a mean of what there has been.
        memory = xp.minimum(
            state["iteration"] / (state["iteration"] + 1),
            xp.full_like(state["iteration"], self.kept),
        )
        length = norm(gradient)
        square = memory * state["square"] + (1 - memory) * length * length
        scaled = gradient / per_image(xp.sqrt(square) + _TINY, gradient)
        velocity = per_image(self._momentum(state), scaled) * state["velocity"] + scaled
        rate = exponential(self.learning_rate, self.learning_rate / 100, self.progress(state))
        return per_image(rate, velocity) * velocity, {"velocity": velocity, "square": square}

    def _momentum(self, state: State) -> Array:
        """Return how much of the last step is kept.

        As long as an image is not adversarial, more and more: a walk in front of the boundary
        that zigzags between two classes, or whose steps are short, would not reach it.
        """
        xp = namespace(state["iteration"])
        own = xp.full_like(state["iteration"], self.kept)
        built = xp.clip(state["iteration"] / _BUILT_UP_IN, 0.0, _MOST_MOMENTUM)
        ahead = state["iteration"] < state["first_success"]
        return xp.where(ahead, xp.maximum(own, built), own)

    def progress(self, state: State) -> Array:
        """Return how much is done of the walk from the first success on; 0 until then."""
        xp = namespace(state["iteration"])
        first = state["first_success"]
        left = xp.maximum(self.iterations - first, xp.ones_like(first))
        return xp.maximum(state["iteration"] - first, xp.zeros_like(first)) / left

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return the distance that is minimised."""
        value, _ = DISTANCES[self.distance](problem.originals, images)
        return value


def _forgotten(iterations: int) -> float:
    """Return the share forgotten in a step, a power of their number: 0.5 for 100, 0.1 for 1000."""
    return min(1.0, 0.5 * float((100 / iterations) ** log10(5)))
