"""Attacks that minimise distortion plus c times the loss by Adam (eq. 4, 18).

The paper calls this family "optimality".

Carlini and Wagner, 2017; Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf.
Security 2020. The attacks differ in the space that Adam walks in.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.numerics.adam import adam_start, adam_step
from percept_adv.attacks.numerics.arrays import choose, namespace, per_image
from percept_adv.attacks.numerics.c_search import search_next, search_start
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Companion, Problem, Step
    from percept_adv.attacks.numerics.arrays import Array, State

_ADAM = ("adam_mean", "adam_square", "adam_steps")
_SEARCH = ("c", "c_low", "c_high", "searches", "c_found")


class Space(Protocol):
    """Where Adam walks: a variable, the perturbation that belongs to it, and the way back."""

    def guide(self, problem: Problem) -> Companion | None:
        """Build what the space smooths with, if it does."""

    def start(self, problem: Problem) -> State:
        """Return the entry ``variable`` at the original, and entries for `forward` to use."""

    def forward(self, problem: Problem, state: State) -> tuple[Array, Array, State]:
        """Return the image in [0, 1], the perturbation whose norm counts, and new entries."""

    def penalise(self, problem: Problem, perturbation: Array) -> Array:
        """Return the gradient of the penalty by the perturbation."""

    def backward(
        self, problem: Problem, state: State, image: Array, perturbation: Array
    ) -> tuple[Array, State]:
        """Pull gradients by image and by perturbation back to the variable."""


@dataclass(frozen=True, kw_only=True)
class PenaltyAttack(AttackBase):
    """Minimise penalty + c [gap + margin]_+ for a sequence of c.

    The penalty is the space's own: ||perturbation||^2 for C&W and sC&W.
    """

    margin: float = real(
        0.0,
        least=0,
        unit="logits",
        summary="Margin m of the loss (eq. 3 of Zhang et al. 2020): how far past "
        "the boundary a success must be.",
    )
    learning_rate: float = real(0.1, above=0, summary="Adam's step size.")
    initial_c: float = real(
        100.0,
        above=0,
        summary="First weight c of the loss; the search then gives each image its own.",
    )
    search_steps: int = whole(9, least=1, summary="How many c are tried.")
    iterations: int = whole(100, least=1, summary="Steps of Adam for each c.")

    @property
    @abstractmethod
    def space(self) -> Space:
        """Where Adam walks."""

    @property
    def most_gradients(self) -> int:
        """One for each step of each c."""
        return self.search_steps * self.iterations

    def guide(self, problem: Problem) -> Companion | None:
        """Build what the space smooths with, if it does."""
        return self.space.guide(problem)

    def start(self, problem: Problem) -> State:
        """Return the state before the first step."""
        search = search_start(problem.originals, self.initial_c)
        return {**search, **self._restart(problem)}

    def _restart(self, problem: Problem) -> State:
        """Return what each new c begins with."""
        xp = namespace(problem.originals)
        space = self.space.start(problem)
        zeros = xp.zeros((problem.originals.shape[0],), dtype=problem.originals.dtype)
        return {
            **space,
            **adam_start(space["variable"]),
            "iteration": zeros,
            "perturbation": xp.zeros_like(problem.originals),
        }

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:
        """Return the images of the variables."""
        image, perturbation, entries = self.space.forward(problem, state)
        return image, {**state, **entries, "perturbation": perturbation}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Take one step of Adam; where a c is done with, begin anew with the next."""
        xp = namespace(step.images)
        c, bracket = state["c"], step.gap + self.margin
        slope = c * xp.astype(bracket > 0, c.dtype)
        gradient, entries = self.space.backward(
            problem,
            state,
            per_image(slope, step.gradient) * step.gradient,
            self.space.penalise(problem, state["perturbation"]),
        )
        variable, moments = adam_step(
            state["variable"],
            gradient,
            {name: state[name] for name in _ADAM},
            learning_rate=self.learning_rate,
        )
        iteration = state["iteration"] + 1
        moved = {
            **state,
            **entries,
            **moments,
            "variable": variable,
            "c_found": state["c_found"] | (step.gap < 0),
            "iteration": iteration,
        }
        done = iteration >= self.iterations
        search = search_next({name: moved[name] for name in _SEARCH})
        return choose(done, {**moved, **search, **self._restart(problem)}, moved)

    def finished(self, state: State) -> Array:
        """Return which images have had all their c."""
        return state["searches"] >= self.search_steps

    def share_done(self, state: State) -> Array:
        """Return the share of the steps of all c."""
        return (state["searches"] + state["iteration"] / self.iterations) / self.search_steps
