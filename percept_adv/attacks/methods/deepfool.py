"""DeepFool (Moosavi-Dezfooli et al., "DeepFool", 2016; algorithm 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.queries import RivalsQuery
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.linearisation import step_to_boundary
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Query
    from percept_adv.attacks.numerics.arrays import Array, State


@declare(
    "deepfool",
    title="DeepFool",
    paper="Moosavi-Dezfooli, Fawzi and Frossard, "
    '"DeepFool: A Simple and Accurate Method to Fool Deep Neural Networks", 2016',
    family="minimum distortion",
    distances=("l2",),
    when="A first estimate of the distance to the boundary, in a few steps.",
)
@dataclass(frozen=True, kw_only=True)
class DeepFool(Iterated):
    """Step to the nearest linearised boundary until an image is behind it."""

    iterations: int = whole(50, least=1, summary="Most steps.")
    overshoot: float = real(
        0.02,
        above=0,
        summary="Overshoot past the sum of the steps, as a multiple of it.",
    )
    candidates: int = whole(
        10,
        least=1,
        summary="How many other classes are linearised in each step, each for one gradient.",
    )

    @property
    def most_gradients(self) -> int:
        """One for each candidate in each step."""
        return self.iterations * self.candidates

    @property
    def query(self) -> Query:
        """Ask for the boundaries to the strongest other classes."""
        return RivalsQuery(self.candidates)

    def start(self, problem: Problem) -> State:
        """Begin at the original with a perturbation of 0."""
        begun = super().start(problem)
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**begun, "perturbation": zeros, "found": begun["iteration"] > 0}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Add the step to the nearest boundary."""
        xp = namespace(step.images)
        perturbation = state["perturbation"] + step_to_boundary(problem, step)
        image = xp.clip(problem.originals + (1 + self.overshoot) * perturbation, 0, 1)
        return {
            "image": image,
            "perturbation": perturbation,
            "iteration": state["iteration"] + 1,
            "found": state["found"] | (step.gap < 0),
        }

    def finished(self, state: State) -> Array:
        """Return which images are behind a boundary, or out of steps."""
        return state["found"] | super().finished(state)
