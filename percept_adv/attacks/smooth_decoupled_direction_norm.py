"""sDDN: DDN on a latent variable z whose smoothing s_hat(z) is the perturbation.

The constraint r = s_hat(z) is integrated as sC&W does (Zhang et al., 2020; eq. 18), and
the norm that is set is that of r. As s_hat is linear, z need not be kept: a step of z
along J^T g (eq. 19) moves r along s_hat(J^T g), and scaling z scales r.

Direction and norm are decoupled as in DDN (Rony et al., 2019), but for a tenth of its steps:
until the first success the norm is the linear estimate of the boundary's distance, as in FMN
(Pintor et al., 2021); its changes and the steps shrink to the end, in relation to the norm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .arrays import inner, namespace, norm, per_image, unit
from .driver import run_attack
from .guidance import Guidance, SmoothingOptions, guidance_of
from .iterated import Iterated
from .rule import check_positive
from .schedules import cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

    from .arrays import Array, State
    from .problem import Problem, Step
    from .result import AttackResult


_CAUTION = 1.05
"""How much further than estimated a perturbation reaches, relatively."""
_GROWTH = 1.5
"""How much longer an estimate may make a perturbation in one step."""
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class SmoothDecoupledDirectionNorm(Iterated):
    """DDN whose steps and perturbations are smooth where the image is smooth.

    Attributes
    ----------
    iterations
        With a gradient or two to repair what rounding breaks, a tenth of sC&W's 4 searches of 50.
    gamma, last_gamma
        By how much the norm changes at first and at last, relatively: less after a success,
        else more.
    step_size, last_step_size
        Of the first and the last step, in relation to the norm; in between half a cosine wave.
    """

    iterations: int = 17
    gamma: float = 0.3
    last_gamma: float = 0.01
    step_size: float = 1.0
    last_step_size: float = 0.01
    smoothing: SmoothingOptions = field(default_factory=SmoothingOptions)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(
            gamma=self.gamma,
            last_gamma=self.last_gamma,
            step_size=self.step_size,
            last_step_size=self.last_step_size,
        )

    def guide(self, originals: NDArray[np.floating]) -> Guidance:
        """Build the smoothers of the originals."""
        return Guidance.build(originals, self.smoothing)

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
        found = state["found"] | (step.gap < 0)
        slope = inner(gradient, direction)
        length = xp.where(
            found, self._adapted(state, step), self._estimated(problem, state, step, slope)
        )
        rate = length * cosine(self.step_size, self.last_step_size, self.progress(state))
        turned = state["perturbation"] - per_image(rate, direction) * direction
        perturbation = per_image(length, turned) * unit(turned)
        return {
            "perturbation": perturbation,
            "pulled_back": pulled_back,
            "smoothed": smoothed,
            "image": xp.clip(problem.originals + perturbation, 0, 1),
            "norm": length,
            "found": found,
            "iteration": state["iteration"] + 1,
        }

    def _adapted(self, state: State, step: Step) -> Array:
        """Return a norm smaller after a success, else larger."""
        xp = namespace(step.gap)
        gamma = cosine(self.gamma, self.last_gamma, self.progress(state))
        return state["norm"] * xp.where(step.gap < 0, 1 - gamma, 1 + gamma)

    def _estimated(self, problem: Problem, state: State, step: Step, slope: Array) -> Array:
        """Return where the boundary is if the gap goes on falling by ``slope`` (B,)."""
        xp = namespace(step.gap)
        tiny = xp.full_like(slope, _TINY)
        further = xp.maximum(step.gap, 0 * slope) / xp.maximum(slope, tiny)
        length = state["norm"] + _CAUTION * further
        room = norm(xp.maximum(problem.originals, 1 - problem.originals))
        bound = xp.where(state["norm"] > 0, _GROWTH * state["norm"], room)
        return xp.minimum(length, xp.minimum(bound, room))


def smooth_decoupled_direction_norm(
    *,
    alpha: float = 0.997,
    lam: float = 10.0,
    kernel: Literal["laplacian", "gaussian"] = "laplacian",
    tol: float = 1e-3,
    **parameters: Any,
) -> SmoothDecoupledDirectionNorm:
    """Return the rule of sDDN; the others are those of `SmoothDecoupledDirectionNorm`."""
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
        The options of `percept_adv.attacks.attack`, those of
        `SmoothDecoupledDirectionNorm`, and ``alpha`` (0.997 for photographs, 0.95 for digits),
        ``lam``, ``kernel`` and ``tol`` of
        `percept_adv.GuidedSmoother`.
    """
    return run_attack(smooth_decoupled_direction_norm, classifier, images, labels, **options)
