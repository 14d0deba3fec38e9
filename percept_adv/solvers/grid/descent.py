"""Conjugate gradients on the odd pixels, from one true residual to the next, as one kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid import exchange, sweeps
from percept_adv.solvers.grid.compilation import kernel

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values
    from percept_adv.solvers.grid.factorisation import Factorisation
    from percept_adv.solvers.grid.sweeps import Vectors

# Steps between two measurements of the residual in the norm that counts.
MEASURED_EVERY = 8


@kernel
def descend(
    total: Values, x: Values, first: int, factorisation: Factorisation, vectors: Vectors,
    units: Values, reached: Values, norms: Values, goal: Values, most: int,
) -> int:  # fmt: skip
    """Add to x what brings the residual total - S x of each column to its goal, or near.

    Where rounding would show first, the columns rest there.

    The direction goes on from the last call, which leaves p - r in p: what it learned of
    the spectrum is kept, unless rounding has set the residual of the recurrence apart from
    the true one. The next direction needs the next residual's square before that is there;
    it follows from those of this step (Meurant, "Multitasking the conjugate gradient method
    on the CRAY X-MP/48", Parallel Computing 5, 1987).

    Parameters
    ----------
    total, x
        (H + 2, K, half + 2); total is S x plus the residual.
    first
        The first of the columns that are solved for.
    factorisation
        Of S.
    vectors
        Of these columns alone.
    units
        For each column the norm that counted as 1 in the last call; takes the new one.
    reached
        The norm of its last residual, 0 where there is no direction to go on from; takes
        the new one.
    norms
        Those of total - S x. They count as 1, or the squares of small ones would underflow.
    goal
        The norms of total - S x to reach.
    most
        Steps at most.

    Returns
    -------
    int
        The number of steps.
    """
    factor, fronts, r, p = factorisation.factor, factorisation.fronts, vectors.r, vectors.p
    columns, epsilon = reached.size, np.finfo(vectors.r.dtype).eps
    squares, next_squares, residuals = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    curvatures, images, corrections = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    length, share = np.zeros(columns, r.dtype), np.ones(columns, r.dtype)
    beta, limit = np.zeros(columns, r.dtype), np.empty(columns)
    active, steps = norms > goal, 0
    for k in range(columns):
        unit = norms[k] if norms[k] > 0.0 else 1.0
        beta[k] = units[k] / unit if norms[k] <= 2.0 * reached[k] else 0.0
        units[k], reached[k] = unit, norms[k] / unit
        limit[k] = max(goal[k] / unit, epsilon)
    exchange.take_rest(total, x, first, factorisation, units, r)
    sweeps.substitute(r, factor, fronts, squares)
    vectors.y[:] = 0.0
    sweeps.sweep_back(vectors, factor, fronts, length, share, beta, squares)
    while steps < most and active.any():
        sweeps.sweep_forth(vectors, factor, fronts, curvatures, images)
        for k in range(columns):
            # S is at least what it is factorised as, and p no shorter than r: unless rounding
            # has taken the direction's meaning. Then rest, and begin with a new one.
            if active[k] and not (squares[k] > 0.0 and curvatures[k] > 0.5 * squares[k]):
                active[k], reached[k] = False, 0.0
            # A column that rests keeps its direction.
            length[k] = squares[k] / curvatures[k] if active[k] else 0.0
            share[k] = 1.0 if active[k] else 0.0
            beta[k] = max(length[k] * images[k] / curvatures[k] - 1.0, 0.0) if active[k] else 1.0
        sweeps.sweep_back(vectors, factor, fronts, length, share, beta, next_squares)
        for k in range(columns):
            # In the norm that counts, by the ratio of the two norms when last measured.
            reached[k] *= np.sqrt(next_squares[k] / squares[k]) if active[k] else 1.0
        squares[:] = next_squares
        steps += 1
        # Each column by itself, so that it does not matter which are solved for together.
        due = active & ((reached <= limit) | (steps % MEASURED_EVERY == 0))
        if due.any():
            sweeps.measure(vectors, factorisation, corrections, residuals)
            for k in range(columns):
                if not due[k]:
                    continue
                reached[k] = np.sqrt(residuals[k])
                # Rounding sets the residual of the recurrence apart from the true one by
                # about a quarter of epsilon times the norm of what was added to x: there is
                # no use in going on until it is as small.
                limit[k] = max(goal[k] / units[k], epsilon * np.sqrt(corrections[k]))
                active[k] = reached[k] > limit[k]
    exchange.add_solution(vectors.y, x, first, factorisation, units)
    reached *= units
    for place in range(p.size):
        p[place] -= r[place]
    return steps
