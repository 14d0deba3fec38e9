"""sALMA: ALMA on a latent variable z whose smoothing s_hat(z) is the perturbation.

The constraint r = s_hat(z) is integrated as sC&W does (Zhang et al., 2020; eq. 18): the
distance is ||s_hat(z)||^2 and gradients come back through the adjoint (eq. 19). As s_hat is
linear, z need not be kept: a step of z along J^T g moves r along s_hat(J^T g), and the learning
rate is that of r. That of z would have to grow with the smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.methods.alma import AugmentedLagrangian
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import Guidance, build_guidance, guidance_of
from percept_adv.attacks.registry import declare
from percept_adv.parameters import group, real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import State


@declare(
    "salma",
    title="sALMA, ALMA with smoothing",
    paper="This project, after Rony et al. 2021 (ALMA) and Zhang, Avrithis, Furon and Amsaleg, "
    '"Smooth Adversarial Examples", 2020',
    family="minimum distortion",
    distances=("l2", "ssim", "ciede2000"),
    when="A perturbation that is hard to see, in a hundred gradients.",
    smooth_form_of="alma",
)
@dataclass(frozen=True, kw_only=True)
class SmoothAugmentedLagrangian(AugmentedLagrangian):
    """ALMA whose perturbation is smooth where the image is smooth."""

    learning_rate: float = real(
        1.0,
        above=0,
        unit="L2",
        summary="Norm of the first steps of the perturbation. From an image's first"
        " success on it falls to a hundredth.",
    )
    smoothing: SmoothingOptions = group(SmoothingOptions)

    def guide(self, problem: Problem) -> Guidance:
        """Build the smoothers of the originals, inside the mask."""
        return build_guidance(problem.originals, self.smoothing, problem.mask)

    @property
    def settling(self) -> Settling:
        """Store what is nearest to the attack's image: another one would not be smooth."""
        return NearImage()

    def start(self, problem: Problem) -> State:
        """Begin at the original, without a perturbation."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        smooth = {"perturbation": zeros, "smoothed": zeros, "pulled_back": zeros}
        return {**super().start(problem), **smooth}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Adapt the multipliers and take a smooth step."""
        xp = namespace(step.images)
        guidance = guidance_of(problem)
        multipliers, gradient = self._lagrangian(problem, state, step)
        unclipped = problem.originals + state["perturbation"]
        inside = xp.astype((unclipped >= 0) & (unclipped <= 1), gradient.dtype)
        pulled_back = guidance.adjoint(gradient * inside, start=state["pulled_back"])
        smoothed = guidance.smooth(pulled_back, start=state["smoothed"])
        change, entries = self._descend({**state, **multipliers}, smoothed)
        perturbation = state["perturbation"] - change
        return {
            **multipliers,
            **entries,
            "perturbation": perturbation,
            "smoothed": smoothed,
            "pulled_back": pulled_back,
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "iteration": state["iteration"] + 1,
        }
