"""The attacks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import build_with, run_attack
from percept_adv.attacks.methods.alma import AugmentedLagrangian
from percept_adv.attacks.methods.apgd import AutoProjectedGradient
from percept_adv.attacks.methods.bp import BoundaryProjection
from percept_adv.attacks.methods.cw import carlini_wagner
from percept_adv.attacks.methods.ddn import DecoupledDirectionNorm
from percept_adv.attacks.methods.deepfool import DeepFool
from percept_adv.attacks.methods.fgsm import fast_gradient_sign
from percept_adv.attacks.methods.fmn import FastMinimumNorm
from percept_adv.attacks.methods.ifgsm import iterative_gradient_sign
from percept_adv.attacks.methods.lbfgs import BoxConstrainedLBFGS
from percept_adv.attacks.methods.perc_al import PerceptualColour
from percept_adv.attacks.methods.pgd2 import projected_gradient
from percept_adv.attacks.methods.qpgd2 import smooth_projected_gradient
from percept_adv.attacks.methods.salma import smooth_augmented_lagrangian
from percept_adv.attacks.methods.scw import smooth_carlini_wagner
from percept_adv.attacks.methods.sddn import smooth_decoupled_direction_norm
from percept_adv.attacks.methods.smoothness_penalty import penalise_smoothness
from percept_adv.attacks.methods.superdeepfool import SuperDeepFool
from percept_adv.attacks.methods.universal import universal
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

_RULES: dict[str, Callable[..., Attack]] = {
    "fgsm": fast_gradient_sign,
    "ifgsm": iterative_gradient_sign,
    "pgd2": projected_gradient,
    "qpgd2": smooth_projected_gradient,
    "cw": carlini_wagner,
    "scw": smooth_carlini_wagner,
    "smoothness_penalty": penalise_smoothness,
    "deepfool": DeepFool,
    "superdeepfool": SuperDeepFool,
    "lbfgs": BoxConstrainedLBFGS,
    "ddn": DecoupledDirectionNorm,
    "sddn": smooth_decoupled_direction_norm,
    "fmn": FastMinimumNorm,
    "apgd": AutoProjectedGradient,
    "alma": AugmentedLagrangian,
    "salma": smooth_augmented_lagrangian,
    "bp": BoundaryProjection,
    "perc_al": PerceptualColour,
}

_OF_ALL_IMAGES: dict[str, Callable[..., AttackResult]] = {"universal": universal}
"""Attacks whose images are not independent of each other: they have no rule for one image."""


def names() -> list[str]:
    """Return the names of all attacks."""
    return [*_RULES, *_OF_ALL_IMAGES]


def make_rule(name: str, **parameters: Any) -> Attack:
    """Return the rule of an attack with its parameters.

    Raises
    ------
    ParameterError
        If the attack or a parameter is unknown, or a value outside its range.
    """
    return build_with(_find(name), parameters)


def attack(
    name: str,
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    **options: Any,
) -> AttackResult:
    """Attack images with the attack of a name.

    Parameters
    ----------
    name
        One of `names`.
    classifier
        The deployed model; it alone decides what counts as adversarial.
    images
        (N, H, W, C) floats in [0, 1] or 8-bit integers, of the size that the classifier takes;
        (N, H, W) for a classifier of one channel.
    labels
        (N,): the true classes, counted from 0.
    **options
        ``targets`` (N,): the classes to reach, for a targeted attack.
        ``batch_size``: how many images are attacked together.
        ``max_evaluations``: the most gradient evaluations for one image, those included that
        mend what rounding to 8 bits has broken.
        ``callback``: called with a `StepInfo` after each step of the batch.
        ``seed``: of all random numbers, 0 by default. An image's own depend on it and on the
        image, not on the others.
        The rest are the attack's own parameters.

    Raises
    ------
    InputError
        If images, labels or parameters cannot be used.
    ModelError
        If the model cannot be differentiated.
    """
    if name in _OF_ALL_IMAGES:
        return _OF_ALL_IMAGES[name](classifier, images, labels, **options)
    return run_attack(_find(name), classifier, images, labels, **options)


def _find(name: str) -> Callable[..., Attack]:
    if name not in _RULES:
        if name in _OF_ALL_IMAGES:
            raise ParameterError(
                f"attack {name} has no rule for one image: use attack({name!r}, ...), or "
                f"percept-adv attack --attack {name}"
            )
        raise ParameterError(f"unknown attack {name!r}: use one of {', '.join(names())}")
    return _RULES[name]
