"""FGSM, I-FGSM, PGD2 and qPGD2: gradient steps inside a ball.

They differ in its norm, in the number of steps, and in whether the gradient is smoothed first
(Zhang et al., "Smooth Adversarial Examples", 2020, eq. 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.fixed_distortion import FixedDistortion, RepeatedSteps
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.balls import L2Ball, LinfBall
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import Guidance, build_guidance, guidance_of
from percept_adv.attacks.registry import declare
from percept_adv.parameters import group, real

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State

LINF_EPS = 0.1255
"""32 of 255 levels, as in the paper: for photographs."""


@declare(
    "fgsm",
    title="FGSM, fast gradient sign method",
    paper='Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", 2015',
    family="fixed distortion",
    distances=("linf",),
    when="The cheapest look: one gradient shows whether a model has any defence at all.",
)
@dataclass(frozen=True, kw_only=True)
class FastGradientSign(FixedDistortion):
    """One signed step to the border of the Linf ball."""

    eps: float = real(
        LINF_EPS,
        above=0,
        unit="Linf",
        summary="Length of the step: 32/255 for photographs; 0.3 is usual for digits.",
    )

    @property
    def ball(self) -> LinfBall:
        """No sample changes by more than eps."""
        return LinfBall(self.eps)

    @property
    def step_size(self) -> float:
        """The whole way to the border."""
        return self.eps

    @property
    def iterations(self) -> int:
        """One."""
        return 1


@declare(
    "ifgsm",
    title="I-FGSM, iterative FGSM",
    paper='Kurakin, Goodfellow and Bengio, "Adversarial Examples in the Physical World", 2017',
    family="fixed distortion",
    distances=("linf",),
    when="How many images fall when no sample may change by more than eps.",
    random="starts of restarts",
)
@dataclass(frozen=True, kw_only=True)
class IterativeGradientSign(RepeatedSteps):
    """Signed steps inside the Linf ball."""

    eps: float = real(
        LINF_EPS,
        above=0,
        unit="Linf",
        summary="Radius of the ball: 32/255 for photographs; 0.3 is usual for digits.",
    )
    step_size: float = real(0.08, above=0, unit="Linf", summary="Length of a step.")

    @property
    def ball(self) -> LinfBall:
        """No sample changes by more than eps."""
        return LinfBall(self.eps)


@declare(
    "pgd2",
    title="PGD2, projected gradient descent in L2",
    paper="Madry, Makelov, Schmidt, Tsipras and Vladu, "
    '"Towards Deep Learning Models Resistant to Adversarial Attacks", 2018',
    family="fixed distortion",
    distances=("l2",),
    when="How many images fall inside a given L2 distance.",
    random="starts of restarts",
)
@dataclass(frozen=True, kw_only=True)
class ProjectedGradient(RepeatedSteps):
    """Steps of one L2 norm inside the L2 ball."""

    eps: float = real(5.0, above=0, unit="L2", summary="Radius of the ball.")
    step_size: float = real(3.0, above=0, unit="L2", summary="Norm of a step.")

    @property
    def ball(self) -> L2Ball:
        """The Euclidean norm over all samples is at most eps."""
        return L2Ball(self.eps)


@declare(
    "qpgd2",
    title="qPGD2, PGD2 with smoothed gradients",
    paper='Zhang, Avrithis, Furon and Amsaleg, "Smooth Adversarial Examples", 2020, eq. 12',
    family="fixed distortion",
    distances=("l2",),
    when="As pgd2, with a perturbation that is harder to see.",
    smooth_form_of="pgd2",
    random="starts of restarts",
)
@dataclass(frozen=True, kw_only=True)
class SmoothProjectedGradient(ProjectedGradient):
    """Steps along s_hat of the gradient, which is normalised afterwards (eq. 12)."""

    smoothing: SmoothingOptions = group(SmoothingOptions)

    def guide(self, problem: Problem) -> Guidance:
        """Build the smoothers of the originals, inside the mask."""
        return build_guidance(problem.originals, self.smoothing, problem.mask)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with no smoothed gradient."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**super().start(problem), "smoothed": zeros}

    def steer(self, problem: Problem, state: State, gradient: Array) -> tuple[Array, State]:
        """Smooth the gradient."""
        smoothed = guidance_of(problem).smooth(gradient, start=state["smoothed"])
        return smoothed, {"smoothed": smoothed}
