"""Adam (Kingma and Ba, 2015), with a step count for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace, per_image

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array, State

_DECAY_MEAN, _DECAY_SQUARE, _EPSILON = 0.9, 0.999, 1e-8


def adam_start(variable: Array) -> State:
    """Return the moments before the first step."""
    xp = namespace(variable)
    zeros = xp.zeros_like(variable)
    steps = xp.zeros((variable.shape[0],), dtype=variable.dtype)
    return {"adam_mean": zeros, "adam_square": zeros, "adam_steps": steps}


def adam_step(
    variable: Array, gradient: Array, moments: State, *, learning_rate: float
) -> tuple[Array, State]:
    """Return the variable (B, ...) after one step against the gradient, and the new moments."""
    xp = namespace(variable)
    mean = _DECAY_MEAN * moments["adam_mean"] + (1 - _DECAY_MEAN) * gradient
    square = _DECAY_SQUARE * moments["adam_square"] + (1 - _DECAY_SQUARE) * gradient * gradient
    steps = moments["adam_steps"] + 1
    # One factor for each image corrects the bias of both moments.
    rate = learning_rate * xp.sqrt(1 - _DECAY_SQUARE**steps) / (1 - _DECAY_MEAN**steps)
    epsilon = _EPSILON * xp.sqrt(1 - _DECAY_SQUARE**steps)
    change = per_image(rate, mean) * mean / (xp.sqrt(square) + per_image(epsilon, mean))
    return variable - change, {"adam_mean": mean, "adam_square": square, "adam_steps": steps}
