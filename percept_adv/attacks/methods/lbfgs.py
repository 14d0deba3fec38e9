"""Box-constrained L-BFGS (Szegedy et al., "Intriguing Properties of Neural Networks", 2014).

Minimises ||x - x_o||^2 + c [gap + margin]_+ over images x in [0, 1], for a sequence of c. The
quasi-Newton steps are projected onto the box (Bertsekas, 1982): samples that the gradient
pushes out of it are held, the others follow the L-BFGS direction (Nocedal, 1980).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.numerics.arrays import choose, inner, namespace, per_image, squared_norm
from percept_adv.attacks.numerics.c_search import search_next, search_start
from percept_adv.attacks.numerics.lbfgs import curvature_pairs, curvature_start, descent_direction
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.numerics.arrays import Array, State

_SEARCH = ("c", "c_low", "c_high", "searches", "c_found")
_SUFFICIENT_FALL = 1e-4
_SHORTER = 0.5
_SHORTEST = 1e-4


@declare(
    "lbfgs",
    title="L-BFGS in the box",
    paper="Szegedy, Zaremba, Sutskever, Bruna, Erhan, Goodfellow and Fergus, "
    '"Intriguing Properties of Neural Networks", 2014',
    family="penalty",
    distances=("l2",),
    when="The attack that began the field, for comparison.",
)
@dataclass(frozen=True, kw_only=True)
class BoxConstrainedLBFGS(AttackBase):
    """Quasi-Newton steps in the box, each tried at shorter lengths until the objective falls."""

    margin: float = real(
        0.0,
        least=0,
        unit="logits",
        summary="Margin m of the loss (eq. 3 of Zhang et al. 2020): how far past "
        "the boundary a success must be.",
    )
    initial_c: float = real(
        1.0,
        above=0,
        summary="First weight c of the loss; the search then gives each image its own.",
    )
    search_steps: int = whole(9, least=1, summary="How many c are tried.")
    iterations: int = whole(50, least=1, summary="Images proposed for each c.")
    memory: int = whole(5, least=1, summary="How many past steps estimate the curvature.")
    first_step: float = real(1.0, above=0, unit="L2", summary="Norm of the first step of each c.")

    @property
    def most_gradients(self) -> int:
        """One for each image proposed for each c."""
        return self.search_steps * self.iterations

    def start(self, problem: Problem) -> State:
        """Begin with the first c at the original."""
        search = search_start(problem.originals, self.initial_c)
        return {**search, **self._restart(problem, problem.originals)}

    def _restart(self, problem: Problem, image: Array) -> State:
        """Return what each new c begins with."""
        xp = namespace(image)
        zeros = xp.zeros((image.shape[0],), dtype=image.dtype)
        return {
            "image": image,
            "accepted": problem.originals,
            "gradient": xp.zeros_like(image),
            "direction": xp.zeros_like(image),
            "value": zeros + xp.inf,
            "length": zeros + 1,
            "iteration": zeros,
            **curvature_start(image, self.memory),
        }

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:  # noqa: ARG002
        """Propose the step that is tried."""
        return state["image"], state

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Accept the step or shorten it; where a c is done with, begin anew with the next."""
        xp = namespace(step.images)
        bracket = step.gap + self.margin
        active = xp.astype(bracket > 0, bracket.dtype)
        difference = step.images - problem.originals
        value = squared_norm(difference) + state["c"] * active * bracket
        gradient = 2 * difference + per_image(state["c"] * active, difference) * step.gradient
        promised = inner(state["gradient"], step.images - state["accepted"])
        fell = value <= state["value"] + _SUFFICIENT_FALL * promised
        tried = {**state, "c_found": state["c_found"] | (step.gap < 0)}
        accepted = self._accepted(tried, step.images, value, gradient)
        shorter = self._shortened(tried)
        moved = choose(fell, accepted, shorter)
        moved["iteration"] = state["iteration"] + 1
        done = (moved["iteration"] >= self.iterations) | (moved["length"] < _SHORTEST)
        search = search_next({name: moved[name] for name in _SEARCH})
        fresh = {**moved, **search, **self._restart(problem, problem.originals)}
        return choose(done, fresh, moved)

    def _accepted(self, state: State, image: Array, value: Array, gradient: Array) -> State:
        """Move to the tried image, learn its curvature, and try a full step from there."""
        xp = namespace(image)
        step = image - state["accepted"]
        pairs = curvature_pairs(state, step, gradient - state["gradient"])
        held = ((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0))
        free = xp.astype(~held, image.dtype)
        direction = free * descent_direction(pairs, free * gradient, self.first_step)
        return {
            **state,
            **pairs,
            "accepted": image,
            "value": value,
            "gradient": gradient,
            "direction": direction,
            "length": xp.ones_like(value),
            "image": xp.clip(image + direction, 0, 1),
        }

    def _shortened(self, state: State) -> State:
        """Try half the step."""
        length = state["length"] * _SHORTER
        direction = state["direction"]
        tried = state["accepted"] + per_image(length, direction) * direction
        image = namespace(tried).clip(tried, 0, 1)
        return {**state, "length": length, "image": image}

    def finished(self, state: State) -> Array:
        """Return which images have had all their c."""
        return state["searches"] >= self.search_steps

    def share_done(self, state: State) -> Array:
        """Return the share of the steps of all c."""
        return (state["searches"] + state["iteration"] / self.iterations) / self.search_steps
