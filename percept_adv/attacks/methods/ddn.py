"""DDN (Rony et al., "Decoupling Direction and Norm", 2019; algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.queries import LossOracle
from percept_adv.attacks.engine.rule import check_positive
from percept_adv.attacks.numerics.arrays import namespace, norm, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Oracle
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


@dataclass(frozen=True, kw_only=True)
class DecoupledDirectionNorm(Iterated):
    """Step along the gradient, then set the norm: a little less after a success, else more.

    Attributes
    ----------
    initial_norm
        The L2 norm of the first perturbation.
    gamma
        By how much the norm changes in a step, relatively.
    step_size, last_step_size
        L2 norm of the first and the last step; in between half a cosine wave.
    loss
        ``"cross_entropy"`` as in the paper, or ``"logit_difference"``.
    """

    initial_norm: float = 1.0
    gamma: float = 0.05
    step_size: float = 1.0
    last_step_size: float = 0.01
    loss: Objective = "cross_entropy"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(
            initial_norm=self.initial_norm,
            gamma=self.gamma,
            step_size=self.step_size,
            last_step_size=self.last_step_size,
        )
        LossOracle(self.loss)

    @property
    def oracle(self) -> Oracle:
        """Ask for the loss."""
        return LossOracle(self.loss)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with the first norm."""
        begun = super().start(problem)
        return {**begun, "norm": 0 * begun["iteration"] + self.initial_norm}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Turn towards the gradient and set the norm."""
        xp = namespace(step.images)
        direction = unit(step.gradient)
        rate = cosine(self.step_size, self.last_step_size, self.progress(state))
        turned = step.images - problem.originals - per_image(rate, direction) * direction
        length = adapted_norm(problem, state["norm"], step.gap, self.gamma)
        perturbation = per_image(length, turned) * unit(turned)
        return {
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "norm": length,
            "iteration": state["iteration"] + 1,
        }


def adapted_norm(problem: Problem, length: Array, gap: Array, gamma: float) -> Array:
    """Return a norm smaller by gamma after a success, else larger; no more than fits in [0, 1]."""
    xp = namespace(length)
    room = norm(xp.maximum(problem.originals, 1 - problem.originals))
    return xp.minimum(length * xp.where(gap < 0, 1 - gamma, 1 + gamma), room)


def ddn(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with DDN, for the least L2 norm.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `DecoupledDirectionNorm`.
    """
    return run_attack(DecoupledDirectionNorm, classifier, images, labels, **options)
