"""The augmented Lagrangian of ALMA (Rony et al., 2021), and its multipliers.

"Augmented Lagrangian Adversarial Attacks": minimise a distance subject to a constraint
d <= 0 by minimising distance + P(d, rho, mu), with multipliers that follow the gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Step
    from percept_adv.attacks.numerics.arrays import Array, State

_LEAST, _MOST = 1e-6, 1e12
_NEEDED_FALL = 0.95
_RHO_GROWTH = 1.2
_TINY = 1e-8


def penalty_slope(d: Array, rho: Array, mu: Array) -> Array:
    """Return P'(d), P = mu d + mu rho d^2 + rho^2 d^3 / 6 for d >= 0, mu d / (1 - rho d) below."""
    xp = namespace(d)
    zeros = xp.zeros_like(d)
    above, below = xp.maximum(d, zeros), xp.minimum(d, zeros)
    outside = mu + 2 * mu * rho * above + rho * rho * above * above / 2
    return xp.where(d >= 0, outside, mu / (1 - rho * below) ** 2)


def scaled_gap(step: Step, first_gap: Array) -> tuple[Array, Array]:
    """Return the gap over the first minus the third logit, and the factor (B,).

    The ratio does not change when logits are scaled. The factor counts as a constant of the
    gradient. Two classes have no third logit: there it is the gap of the original.
    """
    xp = namespace(step.logits)
    ordered = xp.sort(step.logits, axis=1)
    spread = ordered[:, -1] - ordered[:, -3] if ordered.shape[1] > 2 else first_gap
    factor = 1 / xp.maximum(spread, xp.full_like(spread, _TINY))
    return step.gap * factor, factor


def multipliers_start(zeros: Array) -> State:
    """Return the state before the first step."""
    xp = namespace(zeros)
    return {
        "mu": zeros + 1,
        "rho": zeros + 1,
        "reached": zeros > 0,
        "checked_d": zeros + xp.inf,
    }


def multipliers_next(
    state: State, d: Array, iteration: Array, check_every: int, memory: float
) -> State:
    """Return the multipliers to use with a constraint's value d (B,), heard in this step.

    ``memory`` is how much of the last multiplier is kept.
    """
    xp = namespace(d)
    reached = state["reached"] | (d < 0)
    checking = (iteration + 1) % check_every == 0
    fell = d < _NEEDED_FALL * state["checked_d"]
    rho = xp.where(checking & ~(reached | fell), _RHO_GROWTH * state["rho"], state["rho"])
    wanted = penalty_slope(d, rho, state["mu"])
    mu = memory * state["mu"] + (1 - memory) * wanted
    return {
        "mu": xp.clip(mu, _LEAST, _MOST),
        "rho": rho,
        "reached": reached & ~checking,
        "checked_d": xp.where(checking, d, state["checked_d"]),
    }
