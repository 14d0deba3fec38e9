"""PerC-AL (Zhao, Liu and Larson, 2020; algorithm 2).

"Towards Large yet Imperceptible Adversarial Image Perturbations with Perceptual Color
Distance". Step sizes and their fall were compared with adv-lib's form of it. As there, rounded
images decide between the two steps and are what is kept: an image of the least float difference
may be far from it once it is rounded. The gradient too is that of the rounded image here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.queries import LossOracle
from percept_adv.attacks.engine.rule import check_positive
from percept_adv.attacks.numerics.arrays import namespace, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.perceptual.ciede2000 import (
    squared_colour_difference,
    squared_colour_difference_alone,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Oracle
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


_LEVELS = 255


@dataclass(frozen=True, kw_only=True)
class PerceptualColour(Iterated):
    """Alternate: towards misclassification, and once there towards the original's colours.

    Attributes
    ----------
    step_size
        L2 norm of the first step down the loss; the last is a hundredth of it.
    colour_step_size
        L2 norm of the first step down CIEDE2000; the last is a tenth of it. The paper takes 0.1
        where any other class will do.
    loss
        ``"cross_entropy"`` as in the paper, or ``"logit_difference"``.
    """

    iterations: int = 1000
    step_size: float = 1.0
    colour_step_size: float = 0.5
    loss: Objective = "cross_entropy"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(step_size=self.step_size, colour_step_size=self.colour_step_size)
        LossOracle(self.loss)

    @property
    def oracle(self) -> Oracle:
        """Ask for the loss."""
        return LossOracle(self.loss)

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


def perc_al(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with PerC-AL, for the least CIEDE2000 colour difference.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `PerceptualColour`.
    """
    return run_attack(PerceptualColour, classifier, images, labels, **options)
