"""PGD2: projected gradient descent in the L2 norm (Madry et al., 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.methods.fixed_distortion import FixedDistortion
from percept_adv.attacks.numerics.balls import L2Ball

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.queries import Objective
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.classifier import Classifier


def projected_gradient(
    *,
    eps: float = 5.0,
    step_size: float = 3.0,
    iterations: int = 20,
    loss: Objective = "logit_difference",
    restarts: int = 0,
) -> FixedDistortion:
    """Return the rule of PGD2: steps of one L2 norm inside the L2 ball of ``eps``."""
    return FixedDistortion(
        ball=L2Ball(eps), step_size=step_size, iterations=iterations, loss=loss, restarts=restarts
    )


def pgd2(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with normalised gradient steps inside an L2 ball.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and ``eps``, ``step_size``, ``iterations``,
        ``loss`` and ``restarts`` of `FixedDistortion`.
    """
    return run_attack(projected_gradient, classifier, images, labels, **options)
