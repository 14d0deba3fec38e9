"""BP: along the decision boundary (Zhang, Avrithis, Furon and Amsaleg, 2020).

"Walking on the Edge: Fast, Low-Distortion Adversarial Examples", IEEE TIFS. Schedule of gamma,
the first stage's step and both updates of the second (OUT behind the boundary, IN before it) are
those of its authors' program. It rounds every image to 8 bits; here only the result is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.settling import LeastDistance
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import inner, namespace, norm, per_image, unit
from percept_adv.attacks.numerics.schedules import linear
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State


@declare(
    "bp",
    title="BP, boundary projection",
    paper="Zhang, Avrithis, Furon and Amsaleg, "
    '"Walking on the Edge: Fast, Low-Distortion Adversarial Examples", 2020',
    family="minimum distortion",
    distances=("l2",),
    when="A small L2 where only some tens of gradients can be spent.",
)
@dataclass(frozen=True, kw_only=True)
class BoundaryProjection(Iterated):
    """Gradient steps until an image is behind the boundary, then steps that shorten it.

    Behind the boundary the perturbation turns towards the gradient on a smaller sphere; in
    front of it the image moves along the gradient to a larger one. The change of the
    sphere's radius, gamma, nears 1 towards the end.
    """

    step_size: float = real(
        1.0,
        above=0,
        unit="L2",
        summary="Norm of a step of the first stage, as a multiple of gamma.",
    )
    gamma: float = real(
        0.7, above=0, below=1, summary="Factor of the radius in the first step; it grows to 1."
    )

    @property
    def settling(self) -> Settling:
        """Look for the least distance among what can be stored."""
        return LeastDistance()

    def start(self, problem: Problem) -> State:
        """Begin at the original, in the first stage."""
        begun = super().start(problem)
        return {**begun, "reached": begun["iteration"] > 0}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Take a step of the stage that each image is in."""
        xp = namespace(step.images)
        perturbation = step.images - problem.originals
        behind = step.gap < 0
        reached = state["reached"] | behind
        gamma = linear(self.gamma, 1.0, (state["iteration"] + 1) / (self.iterations + 1))
        ahead = -unit(step.gradient)
        first = perturbation + per_image(self.step_size * gamma, ahead) * ahead
        inwards = _turned(perturbation, ahead, gamma * norm(perturbation))
        outwards = _pushed(perturbation, ahead, norm(perturbation) / gamma)
        second = xp.where(per_image(behind, ahead), inwards, outwards)
        chosen = xp.where(per_image(reached, ahead), second, first)
        return {
            "image": xp.clip(problem.originals + chosen, 0, 1),
            "iteration": state["iteration"] + 1,
            "reached": reached,
        }


def _turned(perturbation: Array, ahead: Array, radius: Array) -> Array:
    """Keep the part along the gradient and shorten the rest until the norm is the radius.

    Where that part alone is longer, the paper's projection has no solution: the part is
    shortened itself, or an image whose perturbation is the gradient would never move again.
    """
    xp = namespace(perturbation)
    whole = inner(perturbation, ahead)
    rest_direction = unit(perturbation - per_image(whole, ahead) * ahead)
    along = xp.minimum(whole, radius)
    kept = per_image(along, ahead) * ahead
    rest = xp.sqrt(xp.maximum(radius * radius - along * along, 0 * along))
    return kept + per_image(rest, ahead) * rest_direction


def _pushed(perturbation: Array, ahead: Array, radius: Array) -> Array:
    """Add to the part along the gradient until the norm is the radius."""
    xp = namespace(perturbation)
    along = inner(perturbation, ahead)
    length = norm(perturbation)
    room = xp.maximum(radius * radius - length * length + along * along, 0 * along)
    return perturbation + per_image(xp.sqrt(room) - along, ahead) * ahead
