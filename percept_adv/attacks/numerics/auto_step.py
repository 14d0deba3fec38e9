"""The step of APGD (Croce and Hein, 2020; algorithm 1): momentum, and a size that adapts.

The size is checked at the steps ceil(p_j N) of N: p_0 = 0, p_1 = 0.22, and p_{j+1} = p_j +
max(p_j - p_{j-1} - 0.03, 0.06). It halves, and the walk goes back to its best image, where the
loss fell in less than 0.75 of the steps since the last check (condition 1), or where neither
size nor best loss has changed since (condition 2).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace, per_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.attacks.engine.batch import Step
    from percept_adv.attacks.numerics.arrays import Array, State

_INERTIA = 0.75
_NEEDED_PROGRESS = 0.75
_FIRST_PERIOD, _SHORTER, _SHORTEST = 0.22, 0.03, 0.06


def auto_step_start(image: Array, eps: Array, iterations: int) -> State:
    """Return the state before the first step inside the ball of radius ``eps`` (B,)."""
    xp = namespace(image)
    zeros = 0 * eps
    return {
        "image": image,
        "previous": image,
        "best": image,
        "best_gradient": xp.zeros_like(image),
        "best_loss": zeros + xp.inf,
        "last_loss": zeros + xp.inf,
        "checked_loss": zeros + xp.inf,
        "rate": 2 * eps,
        "checked_rate": 2 * eps,
        "falls": zeros,
        "iteration": zeros,
        "checked_at": zeros,
        "check_at": zeros + ceil(_FIRST_PERIOD * iterations),
        "share": zeros + _FIRST_PERIOD,
        "period": zeros + _FIRST_PERIOD,
    }


def auto_step(
    state: State,
    step: Step,
    inside: Callable[[Array], Array],
    direction: Callable[[Array], Array],
    iterations: int,
) -> State:
    """Return the state after one step.

    ``inside`` draws images into the ball and [0, 1]; ``direction`` normalises a gradient.
    """
    xp = namespace(step.images)
    heard = _heard(state, step)
    halve, checks = _checked({**state, **heard}, iterations)
    back = per_image(halve, step.images)
    image = xp.where(back, heard["best"], step.images)
    gradient = xp.where(back, heard["best_gradient"], step.gradient)
    target = inside(image - per_image(checks["rate"], image) * direction(gradient))
    # The first step has nothing behind it to be carried by.
    first = state["iteration"] == 0
    inertia = per_image(xp.where(first, 0 * step.gap + 1, 0 * step.gap + _INERTIA), image)
    mixed = image + inertia * (target - image) + (1 - inertia) * (image - state["previous"])
    return {
        **heard,
        **checks,
        "image": inside(mixed),
        "previous": image,
        "iteration": state["iteration"] + 1,
    }


def _heard(state: State, step: Step) -> State:
    """Remember the loss, and the best image so far."""
    xp = namespace(step.images)
    better = step.objective < state["best_loss"]
    rows = per_image(better, step.images)
    return {
        "best": xp.where(rows, step.images, state["best"]),
        "best_gradient": xp.where(rows, step.gradient, state["best_gradient"]),
        "best_loss": xp.where(better, step.objective, state["best_loss"]),
        "falls": state["falls"] + xp.astype(step.objective < state["last_loss"], step.gap.dtype),
        "last_loss": step.objective,
    }


def _checked(state: State, iterations: int) -> tuple[Array, State]:
    """Return where the step size is halved, and the entries that checks change."""
    xp = namespace(state["rate"])
    due = state["iteration"] >= state["check_at"]
    length = state["check_at"] - state["checked_at"]
    slow = state["falls"] < _NEEDED_PROGRESS * length
    same_rate = state["rate"] == state["checked_rate"]
    stuck = same_rate & (state["best_loss"] >= state["checked_loss"])
    halve = due & (slow | stuck)
    period = xp.maximum(state["period"] - _SHORTER, 0 * state["period"] + _SHORTEST)
    after = {
        "rate": xp.where(halve, state["rate"] / 2, state["rate"]),
        "checked_rate": state["rate"],
        "checked_loss": state["best_loss"],
        "checked_at": state["check_at"],
        "check_at": xp.ceil((state["share"] + period) * iterations),
        "share": state["share"] + period,
        "period": period,
        "falls": 0 * state["falls"],
    }
    kept = {name: xp.where(due, value, state[name]) for name, value in after.items()}
    return halve, {**kept, "rate": after["rate"]}
