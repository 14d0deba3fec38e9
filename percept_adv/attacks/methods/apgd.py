"""APGD (Croce and Hein, "Reliable Evaluation of Adversarial Robustness", 2020), for the least eps.

Its algorithm 1 looks for an adversarial image inside a given ball; here the ball's radius
is bisected for each image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.queries import LossOracle
from percept_adv.attacks.engine.rule import check_not_negative, check_positive
from percept_adv.attacks.methods.auto_step import auto_step, auto_step_start
from percept_adv.attacks.numerics.arrays import choose, namespace, per_image
from percept_adv.attacks.numerics.norms import measure_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Objective, Oracle
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier

_GROWTH = 2.0
_SEARCH = ("searches", "eps", "low", "high")


@dataclass(frozen=True, kw_only=True)
class AutoProjectedGradient(Iterated):
    """Steps with momentum whose size halves where progress stalls, for a sequence of radii.

    Attributes
    ----------
    distance
        ``"l2"`` or ``"linf"``: the norm that is minimised.
    initial_eps
        The first radius; it doubles until something is found, and is bisected then.
    search_steps, iterations
        How many radii are tried, and how many images are proposed for each at most; a
        radius ends with its first success.
    loss
        ``"logit_difference"`` or ``"cross_entropy"``.
    restarts
        How often a radius without success is tried again, from a random point of the ball.
    """

    distance: Literal["l2", "linf"] = "l2"
    initial_eps: float = 1.0
    search_steps: int = 10
    iterations: int = 50
    loss: Objective = "logit_difference"
    restarts: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(initial_eps=self.initial_eps, search_steps=self.search_steps)
        check_not_negative(restarts=self.restarts)
        LossOracle(self.loss)
        measure_of(self.distance)

    @property
    def oracle(self) -> Oracle:
        """Ask for the loss."""
        return LossOracle(self.loss)

    @property
    def is_random(self) -> bool:
        """Restarts begin at random points."""
        return self.restarts > 0

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
        measure = measure_of(self.distance)

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
        measure = measure_of(self.distance)
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
        return measure_of(self.distance).length(images - problem.originals)


def apgd(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with APGD and a search for the least radius.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `AutoProjectedGradient`.
    """
    return run_attack(AutoProjectedGradient, classifier, images, labels, **options)
