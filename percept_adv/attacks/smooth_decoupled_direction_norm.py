"""sDDN: DDN on a latent variable z whose smoothing s_hat(z) is the perturbation.

The constraint r = s_hat(z) is integrated as sC&W does (Zhang et al., 2020; eq. 18), and
the norm that is set is that of r. As s_hat is linear, z need not be kept: a step of z
along J^T g moves r along s_hat(J^T g), and scaling z scales r.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .arrays import namespace, per_image, unit
from .decoupled_direction_norm import DecoupledDirectionNorm, adapted_norm
from .driver import run_attack
from .guidance import Guidance, SmoothingOptions, guidance_of
from .schedules import cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

    from .arrays import State
    from .problem import Problem, Step
    from .result import AttackResult


@dataclass(frozen=True, kw_only=True)
class SmoothDecoupledDirectionNorm(DecoupledDirectionNorm):
    """DDN whose steps and perturbations are smooth where the image is smooth."""

    smoothing: SmoothingOptions = field(default_factory=SmoothingOptions)

    def guide(self, originals: NDArray[np.floating]) -> Guidance:
        """Build the smoothers of the originals."""
        return Guidance.build(originals, self.smoothing)

    def start(self, problem: Problem) -> State:
        """Begin at the original, without a perturbation."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        latent = {"perturbation": zeros, "pulled_back": zeros, "smoothed": zeros}
        return {**super().start(problem), **latent}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Turn towards the smoothed gradient and set the norm of the smooth perturbation."""
        xp = namespace(step.images)
        unclipped = problem.originals + state["perturbation"]
        inside = xp.astype((unclipped >= 0) & (unclipped <= 1), step.gradient.dtype)
        # Direction first: the solvers' tolerance is relative, but float32 is not endless.
        ahead = unit(step.gradient * inside)
        guidance = guidance_of(problem)
        pulled_back = guidance.adjoint(ahead, start=state["pulled_back"])
        smoothed = guidance.smooth(pulled_back, start=state["smoothed"])
        rate = cosine(self.step_size, self.last_step_size, self.progress(state))
        turned = state["perturbation"] - per_image(rate, smoothed) * unit(smoothed)
        length = adapted_norm(problem, state["norm"], step.gap, self.gamma)
        perturbation = per_image(length, turned) * unit(turned)
        return {
            "perturbation": perturbation,
            "pulled_back": pulled_back,
            "smoothed": smoothed,
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "norm": length,
            "iteration": state["iteration"] + 1,
        }


def smooth_decoupled_direction_norm(
    *,
    alpha: float = 0.997,
    lam: float = 10.0,
    kernel: Literal["laplacian", "gaussian"] = "laplacian",
    tol: float = 1e-3,
    **parameters: Any,
) -> SmoothDecoupledDirectionNorm:
    """Return the rule of sDDN; the other parameters are those of `DecoupledDirectionNorm`."""
    options = SmoothingOptions(alpha=alpha, lam=lam, kernel=kernel, tol=tol)
    return SmoothDecoupledDirectionNorm(smoothing=options, **parameters)


def sddn(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with sDDN: DDN whose perturbation is smoothed along the image.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `DecoupledDirectionNorm`, and
        ``alpha`` (0.997 for photographs, 0.95 for digits), ``lam``, ``kernel`` and ``tol`` of
        `percept_adv.GuidedSmoother`.
    """
    return run_attack(smooth_decoupled_direction_norm, classifier, images, labels, **options)
