"""I-FGSM (Kurakin et al., "Adversarial Examples in the Physical World", 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.methods.fixed_distortion import FixedDistortion
from percept_adv.attacks.numerics.balls import LinfBall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.queries import Objective
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.classifier import Classifier


def iterative_gradient_sign(
    *,
    eps: float = 0.1255,
    step_size: float = 0.08,
    iterations: int = 20,
    loss: Objective = "logit_difference",
    restarts: int = 0,
) -> FixedDistortion:
    """Return the rule of I-FGSM: signed steps inside the Linf ball of ``eps``."""
    return FixedDistortion(
        ball=LinfBall(eps), step_size=step_size, iterations=iterations, loss=loss, restarts=restarts
    )


def ifgsm(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with signed gradient steps inside an Linf ball.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and ``eps`` (0.1255 for photographs, 0.3 for
        digits), ``step_size``, ``iterations``, ``loss`` and ``restarts`` of `FixedDistortion`.
    """
    return run_attack(iterative_gradient_sign, classifier, images, labels, **options)
