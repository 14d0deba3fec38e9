"""L-BFGS (Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", 1980)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import inner, namespace, norm, per_image

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array, State

_TINY = 1e-12
_LEAST_CURVATURE = 1e-8


def curvature_start(image: Array, memory: int) -> State:
    """Return an empty memory of ``memory`` pairs for images (B, ...)."""
    xp = namespace(image)
    empty = xp.zeros((image.shape[0], memory, *image.shape[1:]), dtype=image.dtype)
    return {
        "steps": empty,
        "changes": empty,
        "weights": xp.zeros((image.shape[0], memory), dtype=image.dtype),
    }


def curvature_pairs(state: State, step: Array, change: Array) -> State:
    """Return the memory with a new pair at its end, where its curvature is positive.

    A weight is 1 / <step, change>, and 0 for a pair that counts for nothing.
    """
    xp = namespace(step)
    curvature = inner(step, change)
    usable = curvature > _LEAST_CURVATURE * norm(step) * norm(change)
    safe = xp.where(usable, curvature, xp.ones_like(curvature))
    new = {"steps": step, "changes": change, "weights": 1 / xp.maximum(safe, 0 * safe + _TINY)}
    shifted = {
        name: xp.concat([state[name][:, 1:, ...], value[:, None, ...]], axis=1)
        for name, value in new.items()
    }
    return {
        name: xp.where(per_image(usable, value), value, state[name])
        for name, value in shifted.items()
    }


def descent_direction(pairs: State, gradient: Array, first_step: float) -> Array:
    """Return -H gradient by the two-loop recursion; without pairs a step of ``first_step``."""
    xp = namespace(gradient)
    steps, changes, weights = pairs["steps"], pairs["changes"], pairs["weights"]
    memory = weights.shape[1]
    rest, factors = gradient, []
    for i in reversed(range(memory)):
        factor = weights[:, i] * inner(steps[:, i, ...], rest)
        rest = rest - per_image(factor, rest) * changes[:, i, ...]
        factors.append(factor)
    last = changes[:, -1, ...]
    square = xp.maximum(inner(last, last), xp.full_like(weights[:, -1], _TINY))
    curvature = inner(steps[:, -1, ...], last) / square
    plain = first_step / xp.maximum(norm(gradient), xp.full_like(curvature, _TINY))
    known = weights[:, -1] > 0
    rest = rest * per_image(xp.where(known, curvature, plain), rest)
    for i in range(memory):
        factor = weights[:, i] * inner(changes[:, i, ...], rest)
        amount = factors[memory - 1 - i] - factor
        rest = rest + per_image(amount, rest) * steps[:, i, ...]
    return -rest
