"""What a descent knows of each column, and decides for each by itself.

Loops instead of array expressions: those bring along code that takes seconds to compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.compilation import inlined

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values

# Rows of ``sums``, (10, K) in float64. UNIT is the norm that counts as 1, or the squares of small
# ones would underflow; REACHED that of the last residual, 0 where there is no direction to go on
# from. Both are left for the next descent. ACTIVE is 1 or 0.
UNIT, REACHED, LIMIT, ACTIVE = range(4)
SQUARES, NEXT_SQUARES, RESIDUALS, CURVATURES, IMAGES, CORRECTIONS = range(4, 10)
SUMS = 10
# Rows of ``turns``, (3, K) in the precision of the vectors.
LENGTH, SHARE, BETA = range(3)
TURNS = 3
# Steps between two measurements of the residual in the norm that counts.
MEASURED_EVERY = 8


@inlined
def begin(norms: Values, goal: Values, sums: Values, turns: Values, epsilon: float) -> int:
    """Take the norms as the new units; return how many columns are to be solved for."""
    working = 0
    for k in range(norms.size):
        active = norms[k] > goal[k]
        unit = norms[k] if norms[k] > 0.0 else 1.0
        turns[LENGTH, k], turns[SHARE, k] = 0.0, 1.0
        turns[BETA, k] = sums[UNIT, k] / unit if norms[k] <= 2.0 * sums[REACHED, k] else 0.0
        sums[UNIT, k], sums[REACHED, k] = unit, norms[k] / unit
        sums[LIMIT, k], sums[ACTIVE, k] = max(goal[k] / unit, epsilon), 1.0 if active else 0.0
        working += 1 if active else 0
    return working


@inlined
def turn(sums: Values, turns: Values) -> None:
    """Choose each column's step and next direction from the sums of the forward sweep."""
    for k in range(sums.shape[1]):
        square, curvature = sums[SQUARES, k], sums[CURVATURES, k]
        # S is at least what it is factorised as, and p no shorter than r: unless rounding
        # has taken the direction's meaning. Then rest, and begin with a new one.
        if sums[ACTIVE, k] > 0.0 and not (square > 0.0 and curvature > 0.5 * square):
            sums[ACTIVE, k], sums[REACHED, k] = 0.0, 0.0
        # A column that rests keeps its direction.
        length, share, beta = 0.0, 0.0, 1.0
        if sums[ACTIVE, k] > 0.0:
            length, share = square / curvature, 1.0
            turns[LENGTH, k] = length
            beta = max(turns[LENGTH, k] * sums[IMAGES, k] / curvature - 1.0, 0.0)
        turns[LENGTH, k], turns[SHARE, k], turns[BETA, k] = length, share, beta


@inlined
def advance(sums: Values, steps: int) -> int:
    """Estimate the residuals that a step reached; return how many are to be measured."""
    due = 0
    for k in range(sums.shape[1]):
        if sums[ACTIVE, k] > 0.0:
            # In the norm that counts, by the ratio of the two norms when last measured.
            sums[REACHED, k] *= np.sqrt(sums[NEXT_SQUARES, k] / sums[SQUARES, k])
            due += 1 if sums[REACHED, k] <= sums[LIMIT, k] or steps % MEASURED_EVERY == 0 else 0
        sums[SQUARES, k] = sums[NEXT_SQUARES, k]
    return due


@inlined
def judge(goal: Values, sums: Values, epsilon: float, steps: int) -> int:
    """Compare what was measured with the goals; return how many columns go on."""
    working = 0
    for k in range(sums.shape[1]):
        # Each column by itself, so that it does not matter which are solved for together.
        due = sums[REACHED, k] <= sums[LIMIT, k] or steps % MEASURED_EVERY == 0
        if sums[ACTIVE, k] > 0.0 and due:
            sums[REACHED, k] = np.sqrt(sums[RESIDUALS, k])
            # Rounding sets the residual of the recurrence apart from the true one by
            # about a quarter of epsilon times the norm of what was added to x: there is
            # no use in going on until it is as small.
            limit = max(goal[k] / sums[UNIT, k], epsilon * np.sqrt(sums[CORRECTIONS, k]))
            sums[LIMIT, k], sums[ACTIVE, k] = limit, 1.0 if sums[REACHED, k] > limit else 0.0
        working += 1 if sums[ACTIVE, k] > 0.0 else 0
    return working
