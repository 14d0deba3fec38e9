"""qPGD2 (Zhang et al., 2020; eq. 12): PGD2 along the smoothed gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.methods.fixed_distortion import FixedDistortion
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.balls import L2Ball
from percept_adv.attacks.perceptual.smoothing import Guidance, SmoothingOptions, guidance_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.queries import Objective
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


@dataclass(frozen=True, kw_only=True)
class SmoothFixedDistortion(FixedDistortion):
    """Steps along s_hat of the gradient, which is normalised afterwards (eq. 12)."""

    smoothing: SmoothingOptions

    def guide(self, originals: NDArray[np.floating]) -> Guidance:
        """Build the smoothers of the originals."""
        return Guidance.build(originals, self.smoothing)

    def start(self, problem: Problem) -> State:
        """Begin at the original, with no smoothed gradient."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**super().start(problem), "smoothed": zeros}

    def _steer(self, problem: Problem, state: State, gradient: Array) -> tuple[Array, State]:
        smoothed = guidance_of(problem).smooth(gradient, start=state["smoothed"])
        return smoothed, {"smoothed": smoothed}


def smooth_projected_gradient(
    *,
    eps: float = 5.0,
    step_size: float = 3.0,
    iterations: int = 20,
    loss: Objective = "logit_difference",
    restarts: int = 0,
    alpha: float = 0.997,
    lam: float = 10.0,
    kernel: Literal["laplacian", "gaussian"] = "laplacian",
    tol: float = 1e-3,
) -> SmoothFixedDistortion:
    """Return the rule of qPGD2."""
    return SmoothFixedDistortion(
        ball=L2Ball(eps),
        step_size=step_size,
        iterations=iterations,
        loss=loss,
        restarts=restarts,
        smoothing=SmoothingOptions(alpha=alpha, lam=lam, kernel=kernel, tol=tol),
    )


def qpgd2(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with smoothed gradient steps inside an L2 ball.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack` and of `pgd2`, and ``alpha`` (0.997 for
        photographs, 0.95 for digits), ``lam``, ``kernel`` and ``tol`` of
        `percept_adv.GuidedSmoother`.
    """
    return run_attack(smooth_projected_gradient, classifier, images, labels, **options)
