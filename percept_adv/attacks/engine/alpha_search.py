"""How much to smooth a perturbation that exists already, so that least of it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.rescaling import LARGEST_SCALE, Rescaled, least_scale
from percept_adv.images import from_uint8
from percept_adv.smoothing import smooth_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
    from percept_adv.smoothing import SmoothedDifference
    from percept_adv.storing import Store

SEARCHED_ALPHAS = (0.5, 0.8, 0.9, 0.95, 0.997)
"""Chosen on photographs: benchmarks/smoothing_alpha.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothedAttack:
    """A smoothed perturbation at the least scale that fools, and how it was smoothed."""

    alpha: float
    difference: SmoothedDifference
    rescaled: Rescaled


def least_smoothed(
    classifier: Classifier,
    original: NDArray[np.floating],
    perturbed: NDArray[np.floating],
    *,
    alphas: Sequence[float] = SEARCHED_ALPHAS,
    label: int | None = None,
    largest: float = LARGEST_SCALE,
    store: Store | None = None,
    mask: NDArray[Any] | None = None,
    **parameters: Any,
) -> SmoothedAttack:
    """Smooth with each alpha, scale each result as `least_scale` does, and keep the nearest.

    That is the misclassified image of least L2 as stored; where none is misclassified, the
    image of the last alpha.

    Parameters
    ----------
    classifier
        The deployed model.
    original, perturbed
        (H, W, C) or (H, W), floats in [0, 1].
    alphas
        What is tried, one at least.
    label
        See `least_scale`.
    largest
        See `least_scale`.
    store
        See `least_scale`.
    mask
        Where to smooth, and to change the image: see `GuidedSmoother`.
    **parameters
        Those of `GuidedSmoother` but alpha and the mask.

    Returns
    -------
    SmoothedAttack
        The alpha, the smoothed difference and the scaled image.

    Raises
    ------
    InputError
        As `smooth_difference` and `least_scale`.
    ConvergenceError
        If the tolerance was not reached.

    Examples
    --------
    >>> image = images[0]
    >>> perturbed = percept_adv.attacks.fgsm(classifier, images, labels).adversarial[0]
    >>> percept_adv.attacks.least_smoothed(classifier, image, perturbed, alphas=(0.5,)).alpha
    0.5
    """
    tried = []
    for alpha in alphas:
        difference = smooth_difference(original, perturbed, alpha=alpha, mask=mask, **parameters)
        rescaled = least_scale(
            classifier, original, difference.after,
            label=label, largest=largest, store=store, mask=mask,
        )  # fmt: skip
        tried.append(SmoothedAttack(alpha=alpha, difference=difference, rescaled=rescaled))
        if rescaled.already_misclassified:
            break
    fooling = [one for one in tried if one.rescaled.success]
    if not fooling:
        return tried[-1]
    return min(fooling, key=lambda one: _distance(one.rescaled))


def _distance(rescaled: Rescaled) -> float:
    return float(np.linalg.norm(from_uint8(rescaled.stored) - rescaled.original))
