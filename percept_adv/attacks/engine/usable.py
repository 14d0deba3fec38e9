"""Gradients that say nothing: 0, NaN or infinite. Counted, and kept out of an attack's state.

An attack that is not told where to go fails on a model that need not be robust, so its failure
must not read as robustness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.batch import Rivals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step

_STUCK = 1.0
"""The gap that stands for one that is NaN: not adversarial."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """How many gradients of each image (B,) were exactly 0, and how many no numbers."""

    zero: NDArray[np.int64]
    not_finite: NDArray[np.int64]


def usable(problem: Problem, step: Step) -> tuple[Step, Unusable]:
    """Return a step whose gradients are finite and lie inside the mask, and what was not usable.

    Gradients that are NaN or infinite become 0. Behind the boundary a gradient of 0 does no
    harm and is not counted.
    """
    bad = ~_finite(step.gradient)
    if step.rivals is not None:
        bad |= ~_finite(step.rivals.gradients)
    lost = np.isnan(step.gap)
    ahead = lost | (np.asarray(step.gap) >= 0)
    asked = step.evaluations > 0
    gradient = _cleaned(problem, step.gradient, bad)
    zero = asked & ahead & ~bad & ~gradient.reshape(len(gradient), -1).any(axis=1)
    rivals = step.rivals
    if rivals is not None:
        gaps = np.where(lost[:, np.newaxis], _STUCK, rivals.gaps)
        gradients = np.moveaxis(rivals.gradients, 1, 0)
        cleaned = np.stack([_cleaned(problem, one, bad) for one in gradients], axis=1)
        rivals = Rivals(gaps, cleaned)
    checked = replace(
        step,
        gap=np.where(lost, np.float32(_STUCK), step.gap),
        objective=np.where(np.isnan(step.objective), np.float32(_STUCK), step.objective),
        gradient=gradient,
        rivals=rivals,
    )
    return checked, Unusable(zero.astype(np.int64), (asked & bad).astype(np.int64))


def _finite(gradients: NDArray[np.floating]) -> NDArray[np.bool_]:
    finite: NDArray[np.bool_] = np.isfinite(gradients).reshape(len(gradients), -1).all(axis=1)
    return finite


def _cleaned(
    problem: Problem, gradient: NDArray[np.floating], bad: NDArray[np.bool_]
) -> NDArray[np.floating]:
    """Return gradients (B, H, W, C) without those that are bad, inside the mask."""
    if bad.any():
        gradient = np.where(bad[:, None, None, None], np.zeros((), gradient.dtype), gradient)
    return gradient if problem.mask is None else gradient * problem.mask
