"""The way back from an adversarial image to the original, by forward passes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.queries import ScoresQuery
from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, per_image
from percept_adv.parameters import whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State


@dataclass(frozen=True, kw_only=True)
class Segment(Iterated):
    """Bisect the straight line from the original to ``end``, an adversarial image (H, W, C)."""

    end: NDArray[np.floating]
    iterations: int = whole(12, least=1, summary="Images proposed; the first is the end.")

    @property
    def query(self) -> Query:
        """Ask for the scores."""
        return ScoresQuery()

    @property
    def most_gradients(self) -> int:
        """None."""
        return 0

    @property
    def settling(self) -> Settling:
        """Store what is near the boundary, or further towards the end."""
        return NearImage(asks_gradients=False)

    def start(self, problem: Problem) -> State:
        """Begin at the end."""
        zeros = super().start(problem)["iteration"]
        return {**self._at(problem, zeros + 1), "iteration": zeros, "low": zeros, "high": zeros + 1}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Halve the part of the line on which the boundary lies."""
        xp = namespace(step.images)
        success = step.gap < 0
        high = xp.where(success, state["scale"], state["high"])
        low = xp.where(success, state["low"], state["scale"])
        return {
            **self._at(problem, (low + high) / 2),
            "iteration": state["iteration"] + 1,
            "low": low,
            "high": high,
        }

    def _at(self, problem: Problem, scale: Array) -> State:
        """Return the image at a share (B,) of the way."""
        xp = namespace(problem.originals)
        end = xp.asarray(self.end[None], dtype=problem.originals.dtype)
        way = per_image(scale, problem.originals) * (end - problem.originals)
        return {"image": problem.originals + way, "scale": scale}
