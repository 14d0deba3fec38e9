"""Rules that walk through images for a given number of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.parameters import whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State


@dataclass(frozen=True, kw_only=True)
class Iterated(AttackBase):
    """A walk from the original; the state's ``image`` is what is proposed next."""

    iterations: int = whole(
        100, least=1, summary="Number of images proposed; the first is the original."
    )

    @property
    def most_gradients(self) -> int:
        """One for each image proposed."""
        return self.iterations

    def start(self, problem: Problem) -> State:
        """Begin at the original."""
        xp = namespace(problem.originals)
        zeros = xp.zeros((problem.originals.shape[0],), dtype=problem.originals.dtype)
        return {"image": problem.originals, "iteration": zeros}

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:  # noqa: ARG002
        """Propose where the last step led."""
        return state["image"], state

    def progress(self, state: State) -> Array:
        """Return how much of the walk is done, from 0 at the first step to almost 1.

        Parameters
        ----------
        state
            Of the images.

        Returns
        -------
        Array
            (B,).
        """
        return state["iteration"] / self.iterations

    def finished(self, state: State) -> Array:
        """Return which images are at the end of their walk."""
        return state["iteration"] >= self.iterations

    def share_done(self, state: State) -> Array:
        """Return the share of the steps."""
        return state["iteration"] / self.iterations
