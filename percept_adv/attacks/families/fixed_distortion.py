"""Attacks of a fixed distortion: steps along the gradient inside a ball.

Goodfellow et al., 2015 (FGSM); Kurakin et al., 2017 (I-FGSM); Madry et al., 2018 (PGD, with
restarts from random points of the ball); with a smoothed gradient Zhang et al., "Smooth
Adversarial Examples", 2020, eq. 12.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.inside_ball import InsideBall
from percept_adv.attacks.engine.queries import OBJECTIVES, LossQuery
from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.numerics.arrays import namespace, per_image
from percept_adv.parameters import choice, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.attacks.numerics.balls import Ball


@dataclass(frozen=True, kw_only=True)
class FixedDistortion(AttackBase):
    """Steps of one size along the gradient's direction, projected onto a ball.

    An image is finished with its first success: the steps behind it only add distortion.
    """

    eps: float
    """The radius of the ball: what no perturbation exceeds."""
    loss: Objective = choice(
        "logit_difference", *OBJECTIVES, summary="The loss that a step lowers."
    )

    @property
    @abstractmethod
    def ball(self) -> Ball:
        """What the perturbation may not leave."""

    @property
    @abstractmethod
    def step_size(self) -> float:
        """The norm of a step, in the norm of the ball."""

    @property
    @abstractmethod
    def iterations(self) -> int:
        """The most steps of a walk."""

    @property
    def restarts(self) -> int:
        """How often an image that is still classified correctly is tried again."""
        return 0

    @property
    def query(self) -> Query:
        """Ask for the loss."""
        return LossQuery(self.loss)

    @property
    def is_random(self) -> bool:
        """Restarts begin at random points."""
        return self.restarts > 0

    @property
    def most_gradients(self) -> int:
        """One for each step, and one for where the last of them led."""
        return (self.iterations + 1) * (self.restarts + 1)

    def start(self, problem: Problem) -> State:
        """Begin at the original."""
        xp = namespace(problem.originals)
        zeros = xp.zeros((problem.originals.shape[0],), dtype=problem.originals.dtype)
        return {"image": problem.originals, "proposals": zeros, "found": zeros > 0, "begun": zeros}

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:  # noqa: ARG002
        """Propose where the last step led."""
        return state["image"], state

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Take a step and return to the ball and to [0, 1]."""
        xp = namespace(step.images)
        gradient, entries = self.steer(problem, state, step.gradient)
        moved = step.images - self.step_size * self.ball.measure.direction(gradient)
        radius = xp.full_like(step.gap, self.ball.eps)
        inside = self.ball.measure.project(moved - problem.originals, radius)
        moved_on = {
            **state,
            **entries,
            "image": xp.clip(problem.originals + inside, 0, 1),
            "proposals": state["proposals"] + 1,
            "found": state["found"] | (step.gap < 0),
        }
        return self._begin_anew(problem, moved_on) if self.restarts else moved_on

    def _begin_anew(self, problem: Problem, state: State) -> State:
        """Take images that are out of steps, but not of restarts, to a random point."""
        xp = namespace(state["image"])
        again = (state["proposals"] > self.iterations) & ~state["found"]
        again = again & (state["begun"] < self.restarts)
        point = self.ball.measure.sample(problem.seeds, state["begun"], problem.originals)
        image = xp.clip(problem.originals + self.ball.eps * point, 0, 1)
        return {
            **state,
            "image": xp.where(per_image(again, image), image, state["image"]),
            "proposals": xp.where(again, 0 * state["proposals"], state["proposals"]),
            "begun": state["begun"] + xp.astype(again, state["begun"].dtype),
        }

    def steer(
        self,
        problem: Problem,  # noqa: ARG002
        state: State,  # noqa: ARG002
        gradient: Array,
    ) -> tuple[Array, State]:
        """Return the gradient to follow, and new entries of the state."""
        return gradient, {}

    def finished(self, state: State) -> Array:
        """Return which images are misclassified or out of steps; the last one is judged too."""
        return state["found"] | (state["proposals"] > self.iterations)

    def share_done(self, state: State) -> Array:
        """Return the share of the steps of all restarts."""
        walked = state["proposals"] / (self.iterations + 1)
        return (state.get("begun", 0) + walked) / (self.restarts + 1)

    @property
    def settling(self) -> Settling:
        """Store what is nearest to the attack's image inside the ball."""
        return InsideBall(ball=self.ball)


@dataclass(frozen=True, kw_only=True)
class RepeatedSteps(FixedDistortion):
    """Several steps, and several walks of them."""

    iterations: int = whole(20, least=1, summary="Most steps of a walk.")
    restarts: int = whole(
        0,
        least=0,
        summary="How often an image that is not fooled yet is tried again, each "
        "time from a random point of the ball. The first walk begins at the"
        " original.",
    )
