"""Least L2 norm by gradients that are estimated from scores.

The gradients are those of Ilyas et al., 2018; the norm follows the boundary as in DDN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.estimated import Estimated
from percept_adv.attacks.methods.ddn import adapted_norm
from percept_adv.attacks.numerics.arrays import namespace, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.numerics.arrays import State

_LAST_STEP = 0.1
"""Of the norm."""


@declare(
    "nes",
    title="NES gradients with the norm of DDN",
    paper='Ilyas, Engstrom, Athalye and Lin, "Black-box Adversarial Attacks with Limited Queries '
    'and Information", 2018',
    family="minimum distortion",
    distances=("l2",),
    when="A small L2 without a usable gradient: it asks for scores only.",
    random="directions along which scores are compared",
)
@dataclass(frozen=True, kw_only=True)
class EvolutionStrategies(Estimated):
    """Step along the estimate, then set the norm: a little less after a success, else more."""

    initial_norm: float = real(1.0, above=0, unit="L2", summary="Norm of the first perturbation.")
    gamma: float = real(0.1, above=0, below=1, summary="Relative change of the norm in a step.")

    def start(self, problem: Problem) -> State:
        """Begin at the original, with the first norm."""
        begun = super().start(problem)
        return {**begun, "norm": 0 * begun["iteration"] + self.initial_norm}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Turn towards the mean of the gradients and set the norm."""
        xp = namespace(step.images)
        followed = self.followed(state, step)
        rate = state["norm"] * cosine(1.0, _LAST_STEP, self.progress(state))
        turned = step.images - problem.originals - per_image(rate, followed) * unit(followed)
        length = adapted_norm(problem, state["norm"], step.gap, self.gamma)
        perturbation = per_image(length, turned) * unit(turned)
        return {
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "iteration": state["iteration"] + 1,
            "drawn": state["drawn"] + 1,
            "followed": followed,
            "norm": length,
        }
