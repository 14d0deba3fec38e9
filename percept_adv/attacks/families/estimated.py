"""What attacks by estimated gradients share: how these are drawn, and their memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.estimating import EstimatedQuery
from percept_adv.attacks.engine.inside_ball import InsideBall
from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, unit
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.attacks.numerics.balls import Ball


@dataclass(frozen=True, kw_only=True)
class Estimated(Iterated):
    """A walk along a mean of estimated gradients."""

    iterations: int = whole(
        20, least=1, summary="Number of images proposed; each costs 2 pairs + 1 forward passes."
    )
    pairs: int = whole(25, least=1, summary="Random directions for each image proposed.")
    sigma: float = real(
        0.1, above=0, most=1, summary="Standard deviation of the samples' change in a direction."
    )
    cells: int = whole(
        14,
        least=1,
        summary="A direction is constant on a grid of so many cells along the shorter side.",
    )
    memory: float = real(
        0.9, least=0, below=1, summary="Share of the earlier gradients in the one that is followed."
    )

    @property
    def query(self) -> EstimatedQuery:
        """Ask for scores along random directions."""
        return EstimatedQuery(self.pairs, self.sigma, self.cells)

    @property
    def is_random(self) -> bool:
        """The directions."""
        return True

    @property
    def most_gradients(self) -> int:
        """None."""
        return 0

    @property
    def settling(self) -> Settling:
        """Store what is near the attack's image, or further on."""
        return NearImage(asks_gradients=False)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with no direction."""
        begun = super().start(problem)
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**begun, "drawn": begun["iteration"], "followed": zeros}

    def followed(self, state: State, step: Step) -> Array:
        """Return the mean of this gradient's direction and the earlier ones'."""
        return self.memory * state["followed"] + (1 - self.memory) * unit(step.gradient)


@dataclass(frozen=True, kw_only=True)
class EstimatedInBall(Estimated):
    """Steps along the estimate inside a ball, until the first success."""

    ball: Ball
    step_size: float = real(0.3, above=0, summary="Norm of a step, as a share of the radius.")

    @property
    def settling(self) -> Settling:
        """Store what is nearest to the attack's image inside the ball."""
        return InsideBall(ball=self.ball, asks_gradients=False)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with nothing found."""
        begun = super().start(problem)
        return {**begun, "found": begun["iteration"] > 0}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Take a step and return to the ball and to [0, 1]."""
        xp = namespace(step.images)
        radius, measure = self.ball.eps, self.ball.measure
        followed = self.followed(state, step)
        moved = step.images - self.step_size * radius * measure.direction(followed)
        inside = measure.project(moved - problem.originals, xp.full_like(step.gap, radius))
        return {
            "image": xp.clip(problem.originals + inside, 0, 1),
            "iteration": state["iteration"] + 1,
            "drawn": state["drawn"] + 1,
            "followed": followed,
            "found": state["found"] | (step.gap < 0),
        }

    def finished(self, state: State) -> Array:
        """Return which images are fooled, or out of steps."""
        return state["found"] | super().finished(state)
