"""MI-FGSM: I-FGSM along a momentum of gradients, each over its L1 norm (algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.fixed_distortion import RepeatedSteps
from percept_adv.attacks.numerics.arrays import absolute_sum, namespace, per_image
from percept_adv.attacks.numerics.balls import LinfBall
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State

_TINY = 1e-30


@declare(
    "mifgsm",
    title="MI-FGSM, momentum iterative FGSM",
    paper="Dong, Liao, Pang, Su, Zhu, Hu and Li, "
    '"Boosting Adversarial Attacks with Momentum", 2018',
    family="fixed distortion",
    distances=("linf",),
    when="Examples made on one model that are to fool another one too.",
    random="starts of restarts",
)
@dataclass(frozen=True, kw_only=True)
class MomentumGradientSign(RepeatedSteps):
    """Signed steps along a sum of gradients that fades by ``momentum``."""

    eps: float = real(16 / 255, above=0, unit="Linf", summary="Radius of the ball: 16/255.")
    step_size: float = real(1.6 / 255, above=0, unit="Linf", summary="Length of a step.")
    iterations: int = whole(10, least=1, summary="Most steps of a walk.")
    momentum: float = real(
        1.0, least=0, summary="Share of the last direction that is kept; 0 is I-FGSM."
    )

    @property
    def ball(self) -> LinfBall:
        """No sample changes by more than eps."""
        return LinfBall(self.eps)

    def start(self, problem: Problem) -> State:
        """Begin at the original, without momentum."""
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**super().start(problem), "velocity": zeros}

    def steer(self, problem: Problem, state: State, gradient: Array) -> tuple[Array, State]:  # noqa: ARG002
        """Add the gradient over its L1 norm to what is kept; each walk begins with nothing."""
        xp = namespace(gradient)
        length = xp.maximum(absolute_sum(gradient), xp.full_like(state["proposals"], _TINY))
        kept = self.momentum * xp.astype(state["proposals"] > 0, gradient.dtype)
        velocity = per_image(kept, gradient) * state["velocity"] + gradient / per_image(
            length, gradient
        )
        return velocity, {"velocity": velocity}
