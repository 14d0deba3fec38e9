"""APGD (Croce and Hein, "Reliable Evaluation of Adversarial Robustness", 2020), for the least eps.

Its algorithm 1 looks for an adversarial image inside a given ball; here the ball's radius
is bisected for each image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from percept_adv.attacks.engine.queries import OBJECTIVES, LossQuery
from percept_adv.attacks.engine.settling import least_or_near
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import choose, namespace, per_image
from percept_adv.attacks.numerics.auto_step import auto_step, auto_step_start
from percept_adv.attacks.numerics.norms import MEASURES
from percept_adv.attacks.registry import declare
from percept_adv.parameters import choice, real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State

_GROWTH = 2.0
_SEARCH = ("searches", "eps", "low", "high")


@declare(
    "apgd",
    title="APGD with a search for the least radius",
    paper="Croce and Hein, "
    '"Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free '
    'Attacks", 2020',
    family="minimum distortion",
    distances=("l2", "linf"),
    when="The least L2 or Linf against models whose gradients are hard to follow.",
    random="starts of restarts",
)
@dataclass(frozen=True, kw_only=True)
class AutoProjectedGradient(Iterated):
    """Steps with momentum whose size halves where progress stalls, for a sequence of radii.

    The radius doubles until something is found, and is bisected then. A radius ends with its first
    success.
    """

    distance: Literal["l2", "linf"] = choice("l2", *MEASURES, summary="The norm that is minimised.")
    initial_eps: float = real(1.0, above=0, unit="the norm", summary="The first radius.")
    search_steps: int = whole(10, least=1, summary="How many radii are tried.")
    iterations: int = whole(50, least=1, summary="Most images proposed for a radius.")
    loss: Objective = choice(
        "logit_difference", *OBJECTIVES, summary="The loss that a step lowers."
    )
    restarts: int = whole(
        0,
        least=0,
        summary="How often a radius without success is tried again, each time from a random point.",
    )

    @property
    def most_gradients(self) -> int:
        """One for each image proposed, for each radius and restart."""
        return self.search_steps * (self.restarts + 1) * self.iterations

    @property
    def query(self) -> Query:
        """Ask for the loss."""
        return LossQuery(self.loss)

    @property
    def is_random(self) -> bool:
        """Restarts begin at random points."""
        return self.restarts > 0

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored, where it is L2."""
        return least_or_near(self.distance)

    def start(self, problem: Problem) -> State:
        """Begin with the first radius."""
        zeros = super().start(problem)["iteration"]
        eps = zeros + self.initial_eps
        infinite = zeros + namespace(zeros).inf
        search = {"searches": zeros, "eps": eps, "low": zeros, "high": infinite, "begun": zeros}
        return {**search, **auto_step_start(problem.originals, eps, self.iterations)}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Take a step; where a radius is done with, begin anew with it or with the next."""
        xp = namespace(step.images)
        measure = MEASURES[self.distance]

        def inside(images: Array) -> Array:
            near = measure.project(images - problem.originals, state["eps"])
            return xp.clip(problem.originals + near, 0, 1)

        moved = auto_step(state, step, inside, measure.direction, self.iterations)
        success = step.gap < 0
        out_of_steps = ~success & (moved["iteration"] >= self.iterations)
        again = out_of_steps & (state["begun"] < self.restarts)
        fresh = self._next_radius(problem, {**state, **moved}, step)
        continued = choose(success | out_of_steps, fresh, {**state, **moved})
        if not self.restarts:
            return continued
        draw = state["begun"] + (self.restarts + 1) * state["searches"]
        point = measure.sample(problem.seeds, draw, problem.originals)
        begin = inside(problem.originals + per_image(state["eps"], point) * point)
        anew = {
            **{name: state[name] for name in _SEARCH},
            "begun": state["begun"] + 1,
            **auto_step_start(begin, state["eps"], self.iterations),
        }
        return choose(again, anew, continued)

    def _next_radius(self, problem: Problem, state: State, step: Step) -> State:
        """Return the state at the beginning of the next radius."""
        xp = namespace(step.images)
        measure = MEASURES[self.distance]
        success = step.gap < 0
        found = measure.length(step.images - problem.originals)
        high = xp.where(success, xp.minimum(found, state["high"]), state["high"])
        low = xp.where(success, state["low"], state["eps"])
        middle = (low + xp.where(xp.isinf(high), low, high)) / 2
        eps = xp.where(xp.isinf(high), _GROWTH * state["eps"], middle)
        search = {
            "searches": state["searches"] + 1,
            "eps": eps,
            "low": low,
            "high": high,
            "begun": 0 * eps,
        }
        # Inside the new ball the best attempt is a better start than the original.
        best = xp.where(per_image(success, step.images), step.images, state["best"])
        begin = problem.originals + measure.project(best - problem.originals, eps)
        return {**search, **auto_step_start(begin, eps, self.iterations)}

    def finished(self, state: State) -> Array:
        """Return which images have had all their radii."""
        return state["searches"] >= self.search_steps

    def share_done(self, state: State) -> Array:
        """Return the share of the walks of all radii."""
        walked = state["begun"] + state["iteration"] / self.iterations
        return (state["searches"] + walked / (self.restarts + 1)) / self.search_steps

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return the norm that is minimised."""
        return MEASURES[self.distance].length(images - problem.originals)
