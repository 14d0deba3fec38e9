"""SuperDeepFool: SDF(infinity, 1) of Abdolahpourrostam et al., 2023.

"Revisiting DeepFool: Generalization and Improvement": from x_0 + r DeepFool walks to an
adversarial x; with the gradient w there, r grows by the projection of x - x_0 onto w, until
x_0 + r is adversarial. The sum is that of its authors' program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.queries import RivalsQuery
from percept_adv.attacks.engine.settling import LeastDistance
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import inner, namespace, per_image, unit
from percept_adv.attacks.numerics.linearisation import step_to_boundary
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State


@declare(
    "superdeepfool",
    title="SuperDeepFool, SDF(infinity, 1)",
    paper="Abdollahpoorrostam, Abroshan and Moosavi-Dezfooli, "
    '"Revisiting DeepFool: Generalization and Improvement", 2023',
    family="minimum distortion",
    distances=("l2",),
    when="A smaller L2 than DeepFool's for some more steps.",
)
@dataclass(frozen=True, kw_only=True)
class SuperDeepFool(Iterated):
    """DeepFool steps to the boundary, then a projection onto the normal found there.

    At a point behind the boundary the perturbation is projected onto the gradient, and the
    sum of all such projections is proposed. One that is adversarial ends the walk; its
    distance is then bisected.
    """

    iterations: int = whole(100, least=1, summary="Most steps.")
    overshoot: float = real(
        0.02, above=0, summary="Overshoot past a DeepFool step, as a multiple of it."
    )
    candidates: int = whole(
        10,
        least=1,
        summary="How many other classes are linearised in each step, each for one gradient.",
    )
    bisections: int = whole(10, least=1, summary="Steps of the line search at the end.")

    @property
    def most_gradients(self) -> int:
        """One for each candidate in each step."""
        return self.iterations * self.candidates

    @property
    def query(self) -> Query:
        """Ask for the boundaries to the strongest other classes."""
        return RivalsQuery(self.candidates)

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored."""
        return LeastDistance()

    def start(self, problem: Problem) -> State:
        """Begin at the original, not projected yet."""
        begun = super().start(problem)
        zeros = begun["iteration"]
        return {
            **begun,
            **self._needed(zeros > 0, zeros > 0),
            "projected": zeros > 0,
            "bisected": zeros,
            "sum": namespace(problem.originals).zeros_like(problem.originals),
            "ray": namespace(problem.originals).zeros_like(problem.originals),
            "low": zeros,
            "high": zeros + 1,
        }

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Step to the boundary, project onto its normal, or bisect."""
        xp = namespace(step.images)
        perturbation = step.images - problem.originals
        success = step.gap < 0
        over = state["projected"] & success & (state["bisected"] == 0)
        bisecting = over | (state["bisected"] > 0)
        ray = xp.where(per_image(over, perturbation), perturbation, state["ray"])
        middle = (state["low"] + state["high"]) / 2
        judged = bisecting & ~over
        low = xp.where(judged & ~success, middle, state["low"])
        high = xp.where(judged & success, middle, state["high"])
        normal = unit(step.gradient)
        along = xp.minimum(inner(perturbation, normal), 0 * middle)
        total = state["sum"] + per_image(along, normal) * normal
        outwards = perturbation + (1 + self.overshoot) * step_to_boundary(problem, step)
        walked = xp.where(per_image(success, perturbation), total, outwards)
        scaled = per_image((low + high) / 2, ray) * ray
        chosen = xp.where(per_image(bisecting, ray), scaled, walked)
        projected = success & ~bisecting
        return {
            "image": xp.clip(problem.originals + chosen, 0, 1),
            "iteration": state["iteration"] + 1,
            **self._needed(projected, bisecting),
            "projected": projected,
            "bisected": state["bisected"] + xp.astype(bisecting, middle.dtype),
            "sum": xp.where(per_image(projected, total), total, state["sum"]),
            "ray": ray,
            "low": low,
            "high": high,
        }

    def _needed(self, projected: Array, bisecting: Array) -> State:
        """Return how many gradients are needed, in front of the boundary and behind it.

        The line search asks for none; a projection that is adversarial is the last.
        """
        xp = namespace(projected)
        walking = xp.astype(~bisecting, xp.float32)
        return {
            "rivals": self.candidates * walking,
            "rivals_behind": walking * xp.astype(~projected, xp.float32),
        }

    def finished(self, state: State) -> Array:
        """Return which images have been bisected, or are out of steps."""
        return (state["bisected"] > self.bisections) | super().finished(state)
