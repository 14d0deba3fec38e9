"""FGSM (Goodfellow et al., "Explaining and Harnessing Adversarial Examples", 2015)."""

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


def fast_gradient_sign(
    *, eps: float = 0.1255, loss: Objective = "logit_difference"
) -> FixedDistortion:
    """Return the rule of FGSM: one signed step of ``eps``."""
    return FixedDistortion(ball=LinfBall(eps), step_size=eps, iterations=1, loss=loss)


def fgsm(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with one signed gradient step.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and ``eps``, the Linf norm of the step (0.1255
        for photographs, 0.3 for digits), and ``loss``.
    """
    return run_attack(fast_gradient_sign, classifier, images, labels, **options)
