"""Gradients that say nothing: 0, NaN or infinite. Counted, and kept out of an attack's state.

Gradients that underflow count as 0.

An attack that is not told where to go fails on a model that need not be robust, so its failure
must not read as robustness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.batch import Rivals
from percept_adv.attacks.numerics.arrays import namespace, per_image

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.numerics.arrays import Array

_STUCK = 1.0
"""The gap that stands for one that is NaN: not adversarial."""
_LEAST = 1.1754943508222875e-38
"""The least number that single precision holds with all its digits; below it is noise."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """How many gradients of each image (B,) were 0, and how many no numbers."""

    zero: Array
    not_finite: Array


def usable(problem: Problem, step: Step) -> tuple[Step, Unusable]:
    """Return a step whose gradients are finite and lie inside the mask, and what was not usable.

    Gradients that are NaN or infinite become 0. Behind the boundary a gradient of 0 does no
    harm and is not counted.
    """
    xp = namespace(step.gradient)
    bad = ~_finite(step.gradient)
    if step.rivals is not None:
        bad = bad | ~_finite(step.rivals.gradients)
    lost = xp.isnan(step.gap)
    ahead = lost | (step.gap >= 0)
    asked = step.evaluations > 0
    gradient = _cleaned(problem, step.gradient, bad)
    zero = asked & ahead & ~bad & ~_any(xp.abs(gradient) >= _LEAST)
    rivals = step.rivals
    if rivals is not None:
        stuck = xp.full_like(rivals.gaps, _STUCK)
        gaps = xp.where(per_image(lost, rivals.gaps), stuck, rivals.gaps)
        cleaned = [
            _cleaned(problem, rivals.gradients[:, i, ...], bad) for i in range(gaps.shape[1])
        ]
        rivals = Rivals(gaps, xp.stack(cleaned, axis=1))
    checked = replace(
        step,
        gap=xp.where(lost, xp.full_like(step.gap, _STUCK), step.gap),
        objective=xp.where(
            xp.isnan(step.objective), xp.full_like(step.objective, _STUCK), step.objective
        ),
        gradient=gradient,
        rivals=rivals,
    )
    return checked, Unusable(xp.astype(zero, xp.int64), xp.astype(asked & bad, xp.int64))


def _finite(gradients: Array) -> Array:
    """Return which images (B,) have nothing but numbers."""
    return ~_any(~namespace(gradients).isfinite(gradients))


def _any(condition: Array) -> Array:
    """Return for which images (B,) a condition (B, ...) holds anywhere."""
    # As a sum: tracers write ``any`` with a branch for arrays without elements.
    xp = namespace(condition)
    counted = xp.astype(condition, xp.float32)
    return xp.sum(counted, axis=tuple(range(1, condition.ndim))) > 0


def _cleaned(problem: Problem, gradient: Array, bad: Array) -> Array:
    """Return gradients (B, H, W, C) without those that are bad, inside the mask."""
    xp = namespace(gradient)
    clean = xp.where(per_image(bad, gradient), xp.zeros_like(gradient), gradient)
    return clean if problem.mask is None else clean * problem.mask
