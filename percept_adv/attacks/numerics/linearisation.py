"""The step to the nearest of several linearised boundaries, as DeepFool takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace, per_image

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.numerics.arrays import Array

_MORE = 1e-4
"""Added to a distance, as adv-lib does, so that a step ends behind the boundary."""
_TINY = 1e-12


def step_to_boundary(problem: Problem, step: Step) -> Array:
    """Return the least L2 perturbation that closes a gap to first order (B, H, W, C).

    Untargeted, any rival will do: the one whose boundary is nearest. Targeted, all must fall
    behind: the strongest, which is the first. An image already behind its boundary stays.
    """
    if step.rivals is None:
        raise TypeError("a step to a boundary needs a query for rivals")
    xp = namespace(step.images)
    gaps, gradients = step.rivals.gaps, step.rivals.gradients
    squares = xp.sum(gradients * gradients, axis=tuple(range(2, gradients.ndim)))
    tiny = xp.full_like(squares, _TINY)
    norms = xp.sqrt(xp.maximum(squares, tiny))
    distances = xp.abs(gaps) / norms + _MORE
    # A boundary without a slope is out of reach.
    distances = xp.where(squares > _TINY, distances, xp.full_like(distances, xp.inf))
    numbers = xp.arange(gaps.shape[1])
    first = xp.astype(numbers == 0, gaps.dtype)[None, :]
    nearest = numbers[None, :] == xp.argmin(distances, axis=1)[:, None]
    chosen = xp.where(problem.targeted[:, None], first, xp.astype(nearest, gaps.dtype))
    reachable = chosen * xp.astype(squares > _TINY, gaps.dtype)
    lengths = reachable * (xp.abs(gaps) / norms + _MORE) / norms
    lengths = lengths * per_image(xp.astype(step.gap >= 0, gaps.dtype), lengths)
    shape = (*gaps.shape, *(1,) * (gradients.ndim - 2))
    return -xp.sum(xp.reshape(lengths, shape) * gradients, axis=1)
