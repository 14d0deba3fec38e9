"""PerC-AL (Zhao, Liu and Larson, 2020; algorithm 2).

"Towards Large yet Imperceptible Adversarial Image Perturbations with Perceptual Color
Distance". Step sizes and their fall were compared with adv-lib's form of it. As there, rounded
images decide between the two steps and are what is kept: an image of the least float difference
may be far from it once it is rounded. The gradient too is that of the rounded image here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.queries import OBJECTIVES, LossQuery
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.perceptual.ciede2000 import (
    squared_colour_difference,
    squared_colour_difference_alone,
)
from percept_adv.attacks.registry import declare
from percept_adv.parameters import choice, real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Query
    from percept_adv.attacks.numerics.arrays import Array, State


_LEVELS = 255


@declare(
    "perc_al",
    title="PerC-AL",
    paper="Zhao, Liu and Larson, "
    '"Towards Large yet Imperceptible Adversarial Image Perturbations with Perceptual Color '
    'Distance", 2020',
    family="minimum distortion",
    distances=("ciede2000",),
    when="The least CIEDE2000 colour difference of colour photographs.",
)
@dataclass(frozen=True, kw_only=True)
class PerceptualColour(Iterated):
    """Alternate: towards misclassification, and once there towards the original's colours."""

    iterations: int = whole(
        1000, least=1, summary="Number of images proposed; the first is the original."
    )
    step_size: float = real(
        1.0,
        above=0,
        unit="L2",
        summary="Norm of the first step down the loss; the last is a hundredth of it.",
    )
    colour_step_size: float = real(
        0.5,
        above=0,
        unit="L2",
        summary="Norm of the first step down CIEDE2000; the last is a tenth of it. The paper "
        "takes 0.1 where any other class will do.",
    )
    loss: Objective = choice(
        "cross_entropy",
        *OBJECTIVES,
        summary="The loss that a step lowers; the paper's is cross_entropy.",
    )

    @property
    def is_traceable(self) -> bool:
        """Not: CIEDE2000's hue is an angle of two numbers, and ONNX has no such function."""
        return False

    @property
    def query(self) -> Query:
        """Ask for the loss."""
        return LossQuery(self.loss)

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:  # noqa: ARG002
        """Propose what would be stored."""
        return namespace(state["image"]).round(state["image"] * _LEVELS) / _LEVELS, state

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Step down the loss in front of the boundary, down the colour difference behind it."""
        image = state["image"]
        xp = namespace(image)
        progress = self.progress(state)
        _, colour_gradient = squared_colour_difference(problem.originals, image)
        rate = cosine(self.step_size, self.step_size / 100, progress)
        colour_rate = cosine(self.colour_step_size, self.colour_step_size / 10, progress)
        forward = per_image(rate, image) * unit(step.gradient)
        back = per_image(colour_rate, image) * unit(colour_gradient)
        change = xp.where(per_image(step.gap < 0, back), back, forward)
        image = xp.clip(image - change, 0, 1)
        return {"image": image, "iteration": state["iteration"] + 1}

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return the sum of squared CIEDE2000 differences."""
        return squared_colour_difference_alone(problem.originals, images)
