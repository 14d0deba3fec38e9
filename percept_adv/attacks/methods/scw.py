"""sC&W (Zhang et al., 2020; eq. 18): the perturbation is smooth where the image is smooth.

min_z ||s_hat(z)||^2 + c l(f(clip(x_o + s_hat(z))), t), from z = 0. The constraint is
integrated: what counts, and what is measured, is the smoothed variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.penalty import PenaltyAttack
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import Guidance, build_guidance, guidance_of
from percept_adv.attacks.registry import declare
from percept_adv.parameters import group

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State


@dataclass(frozen=True, slots=True)
class SmoothSpace:
    """r = s_hat(z), x = clip(x_o + r): plain clipping, as in the paper's section 4.2."""

    options: SmoothingOptions

    def guide(self, problem: Problem) -> Guidance:
        """Build the smoothers of the originals, inside the mask."""
        return build_guidance(problem.originals, self.options, problem.mask)

    def start(self, problem: Problem) -> State:
        """Return z = 0, whose smooth perturbation is 0."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {"variable": zeros, "smoothed": zeros, "pulled_back": zeros}

    def forward(self, problem: Problem, state: State) -> tuple[Array, Array, State]:
        """Smooth z, starting from the last step's result."""
        xp = namespace(state["variable"])
        smoothed = guidance_of(problem).smooth(state["variable"], start=state["smoothed"])
        image = xp.clip(problem.originals + smoothed, 0, 1)
        return image, smoothed, {"smoothed": smoothed}

    def penalise(self, problem: Problem, perturbation: Array) -> Array:  # noqa: ARG002
        """Penalise the squared L2 norm of the smoothed variable."""
        return 2 * perturbation

    def backward(
        self, problem: Problem, state: State, image: Array, perturbation: Array
    ) -> tuple[Array, State]:
        """Apply the adjoint of smoothing; the slope of the clip is 0 outside [0, 1] (eq. 19)."""
        xp = namespace(image)
        unclipped = problem.originals + state["smoothed"]
        inside = xp.astype((unclipped >= 0) & (unclipped <= 1), image.dtype)
        total = image * inside + perturbation
        pulled_back = guidance_of(problem).adjoint(total, start=state["pulled_back"])
        return pulled_back, {"pulled_back": pulled_back}


@declare(
    "scw",
    title="sC&W, C&W with smoothing",
    paper='Zhang, Avrithis, Furon and Amsaleg, "Smooth Adversarial Examples", 2020',
    family="penalty",
    distances=("l2",),
    when="A perturbation that cannot be seen, also where the image is smooth; time does not "
    "matter.",
    smooth_form_of="cw",
)
@dataclass(frozen=True, kw_only=True)
class SmoothCarliniWagner(PenaltyAttack):
    """C&W whose perturbation is smoothed along the image."""

    smoothing: SmoothingOptions = group(SmoothingOptions)

    @property
    def space(self) -> SmoothSpace:
        """Walk through z, r = s_hat(z)."""
        return SmoothSpace(self.smoothing)
