"""The smoothness penalty (Zhang et al., 2020; eq. 13, 14): the variant the paper argues against.

Instead of integrating smoothness, its energy is minimised along with the norm:
min_r r^T L_alpha r + c [gap + margin]_+, where (1 - alpha) r^T L_alpha r = alpha / 2
sum_ij w_ij ||r_i / sqrt(d_i) - r_j / sqrt(d_j)||^2 + (1 - alpha) ||r||^2 is the energy whose
minimum given data is guided smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.penalty import PenaltyAttack
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.perceptual.options import EnergyOptions
from percept_adv.attacks.perceptual.roughness import Roughness, roughness_of
from percept_adv.attacks.registry import declare
from percept_adv.parameters import group

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State


@dataclass(frozen=True, slots=True)
class RoughSpace:
    """r itself, x = clip(x_o + r), penalised by r^T L_alpha r."""

    options: EnergyOptions

    def guide(self, problem: Problem) -> Roughness:
        """Build the pixel graphs of the originals, inside the mask."""
        return Roughness.build(problem.originals, self.options, problem.mask)

    def start(self, problem: Problem) -> State:
        """Return r = 0."""
        return {"variable": namespace(problem.originals).zeros_like(problem.originals)}

    def forward(self, problem: Problem, state: State) -> tuple[Array, Array, State]:
        """Return x_o + r in [0, 1]."""
        xp = namespace(problem.originals)
        image = xp.clip(problem.originals + state["variable"], 0, 1)
        return image, state["variable"], {}

    def penalise(self, problem: Problem, perturbation: Array) -> Array:
        """Return 2 L_alpha r."""
        return 2 * roughness_of(problem).apply(perturbation)

    def backward(
        self, problem: Problem, state: State, image: Array, perturbation: Array
    ) -> tuple[Array, State]:
        """Add both gradients; the slope of the clip is 0 outside [0, 1]."""
        xp = namespace(image)
        unclipped = problem.originals + state["variable"]
        inside = xp.astype((unclipped >= 0) & (unclipped <= 1), image.dtype)
        return image * inside + perturbation, {}


@declare(
    "smoothness_penalty",
    title="smoothness penalty",
    paper='Zhang, Avrithis, Furon and Amsaleg, "Smooth Adversarial Examples", 2020, eq. 13 and 14',
    family="penalty",
    distances=("l2",),
    when="The variant that the paper argues against, for comparison with scw.",
)
@dataclass(frozen=True, kw_only=True)
class SmoothnessPenalty(PenaltyAttack):
    """C&W with the energy of the perturbation as penalty."""

    energy: EnergyOptions = group(EnergyOptions)

    @property
    def space(self) -> RoughSpace:
        """Walk through r itself."""
        return RoughSpace(self.energy)
