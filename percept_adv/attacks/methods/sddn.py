"""sDDN: DDN on a latent variable z whose smoothing s_hat(z) is the perturbation.

The constraint r = s_hat(z) is integrated as sC&W does (Zhang et al., 2020; eq. 18), and
the norm that is set is that of r. As s_hat is linear, z need not be kept: a step of z
along J^T g (eq. 19) moves r along s_hat(J^T g), and scaling z scales r.

Direction and norm are decoupled as in DDN (Rony et al., 2019), but for a tenth of its steps:
the norm is the one with which the turned perturbation meets the linearised boundary, whichever
side of it the last one was on. Its changes and the steps shrink to the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import inner, namespace, norm, per_image, unit
from percept_adv.attacks.numerics.schedules import cosine
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import Guidance, build_guidance, guidance_of
from percept_adv.attacks.registry import declare
from percept_adv.parameters import group, real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.numerics.arrays import Array, State


_CAUTION = 0.2
"""How much further than to the boundary a perturbation reaches, in relation to gamma."""
_PATIENCE = 0.3
"""How much further still, at the end of a walk that has not succeeded."""
_RETREAT = 0.1
"""How much shorter a perturbation may become before the first success, relatively."""
_TINY = 1e-12


@declare(
    "sddn",
    title="sDDN, DDN with smoothing",
    paper="This project, after Rony et al. 2019 (DDN) and Zhang, Avrithis, Furon and Amsaleg, "
    '"Smooth Adversarial Examples", 2020',
    family="minimum distortion",
    distances=("l2",),
    when="A perturbation that is hard to see, in a tenth of sC&W's gradients.",
    smooth_form_of="ddn",
)
@dataclass(frozen=True, kw_only=True)
class SmoothDecoupledDirectionNorm(Iterated):
    """DDN whose steps and perturbations are smooth where the image is smooth."""

    # With a gradient or two to repair what rounding breaks, a tenth of sC&W's 4 searches of 50.
    iterations: int = whole(
        17, least=1, summary="Number of images proposed; the first is the original."
    )
    gamma: float = real(
        0.3,
        above=0,
        below=1,
        summary="Largest relative change of the norm in a step, at first and until "
        "the first success.",
    )
    last_gamma: float = real(
        0.02, above=0, below=1, summary="Largest relative change of the norm in the last step."
    )
    step_size: float = real(
        1.0, above=0, unit="the norm of the perturbation", summary="Length of the first step."
    )
    last_step_size: float = real(
        0.01,
        above=0,
        unit="the norm of the perturbation",
        summary="Length of the last step; the lengths between follow half a cosine wave.",
    )
    smoothing: SmoothingOptions = group(SmoothingOptions)

    def guide(self, problem: Problem) -> Guidance:
        """Build the smoothers of the originals, inside the mask."""
        return build_guidance(problem.originals, self.smoothing, problem.mask)

    def start(self, problem: Problem) -> State:
        """Begin at the original, without a perturbation."""
        begun = super().start(problem)
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        latent = {"perturbation": zeros, "pulled_back": zeros, "smoothed": zeros}
        none = begun["iteration"]
        return {**begun, **latent, "norm": none, "found": none > 0}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Turn towards the smoothed gradient and set the norm of the smooth perturbation."""
        xp = namespace(step.images)
        unclipped = problem.originals + state["perturbation"]
        inside = xp.astype((unclipped >= 0) & (unclipped <= 1), step.gradient.dtype)
        # Direction first: the solvers' tolerance is relative, but float32 is not endless.
        gradient = step.gradient * inside
        guidance = guidance_of(problem)
        pulled_back = guidance.adjoint(unit(gradient), start=state["pulled_back"])
        smoothed = guidance.smooth(pulled_back, start=state["smoothed"])
        direction = unit(smoothed)
        rate = cosine(self.step_size, self.last_step_size, self.progress(state))
        # The first perturbation has this direction, whatever the rate.
        rate = rate * xp.where(state["norm"] > 0, state["norm"], xp.ones_like(state["norm"]))
        turned = unit(state["perturbation"] - per_image(rate, direction) * direction)
        found = state["found"] | (step.gap < 0)
        length = self._length(problem, {**state, "found": found}, step.gap, gradient, turned)
        perturbation = per_image(length, turned) * turned
        return {
            "perturbation": perturbation,
            "pulled_back": pulled_back,
            "smoothed": smoothed,
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "norm": length,
            "found": found,
            "iteration": state["iteration"] + 1,
        }

    def _length(
        self, problem: Problem, state: State, gap: Array, gradient: Array, turned: Array
    ) -> Array:
        """Return how far the boundary is along a unit vector, if the gap is linear (B,)."""
        xp = namespace(gap)
        gamma = cosine(self.gamma, self.last_gamma, self.progress(state))
        found = state["found"]
        gamma = xp.where(found, gamma, xp.full_like(gamma, self.gamma))
        least = 1 - xp.where(found, gamma, xp.full_like(gamma, _RETREAT))
        # Where nothing has succeeded, the gap falls less than its slope promises.
        further = xp.where(found, 0 * gamma, _PATIENCE * self.progress(state))
        fall = -inner(gradient, turned)
        # As it is at the original, to first order.
        whole_gap = xp.maximum(gap - inner(gradient, state["perturbation"]), 0 * gap)
        room = norm(xp.maximum(problem.originals, 1 - problem.originals))
        beyond = (1 + _CAUTION * gamma + further) * whole_gap
        length = xp.where(fall > _TINY, beyond / xp.maximum(fall, xp.full_like(fall, _TINY)), room)
        most = xp.where(state["norm"] > 0, (1 + gamma) * state["norm"], room)
        return xp.minimum(xp.maximum(length, least * state["norm"]), xp.minimum(most, room))
