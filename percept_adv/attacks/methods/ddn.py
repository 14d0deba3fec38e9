"""DDN (Rony et al., "Decoupling Direction and Norm", 2019; algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.queries import OBJECTIVES, LossQuery
from percept_adv.attacks.engine.settling import LeastDistance
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, norm, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.registry import declare
from percept_adv.parameters import choice, real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State


@declare(
    "ddn",
    title="DDN, decoupled direction and norm",
    paper="Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, "
    '"Decoupling Direction and Norm for Efficient Gradient-Based L2 Adversarial Attacks and '
    'Defenses", 2019',
    family="minimum distortion",
    distances=("l2",),
    when="The least L2 in a hundred gradients, with nothing to tune.",
)
@dataclass(frozen=True, kw_only=True)
class DecoupledDirectionNorm(Iterated):
    """Step along the gradient, then set the norm: a little less after a success, else more."""

    initial_norm: float = real(1.0, above=0, unit="L2", summary="Norm of the first perturbation.")
    gamma: float = real(0.05, above=0, below=1, summary="Relative change of the norm in a step.")
    step_size: float = real(1.0, above=0, unit="L2", summary="Norm of the first step.")
    last_step_size: float = real(
        0.01,
        above=0,
        unit="L2",
        summary="Norm of the last step; the norms between follow half a cosine wave.",
    )
    loss: Objective = choice(
        "cross_entropy",
        *OBJECTIVES,
        summary="The loss that a step lowers; the paper's is cross_entropy.",
    )

    @property
    def query(self) -> Query:
        """Ask for the loss."""
        return LossQuery(self.loss)

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored."""
        return LeastDistance()

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
    return xp.minimum(xp.where(gap < 0, length * (1 - gamma), length * (1 + gamma)), room)
