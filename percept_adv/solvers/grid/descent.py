"""Conjugate gradients on the odd pixels, from one true residual to the next, as one kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from percept_adv.solvers.grid import columns, exchange, sweeps
from percept_adv.solvers.grid.compilation import kernel
from percept_adv.solvers.grid.factorisation import Factorisation
from percept_adv.solvers.grid.sweeps import Vectors

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values


@kernel
def descend(
    total: Values, x: Values, first: int, factorisation: Factorisation, vectors: Vectors,
    places: Values, sums: Values, turns: Values, norms: Values, goal: Values, most: int,
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
    places
        Where row 0 of each column would be on each front, as `origins` tells.
    sums, turns
        What `columns` knows of these columns; the units and norms are left for the next call.
    norms
        Those of total - S x.
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
    epsilon, steps = np.finfo(vectors.r.dtype).eps, 0
    units, squares, next_squares = (
        sums[columns.UNIT],
        sums[columns.SQUARES],
        sums[columns.NEXT_SQUARES],
    )
    curvatures, images = sums[columns.CURVATURES], sums[columns.IMAGES]
    length, share, beta = turns[columns.LENGTH], turns[columns.SHARE], turns[columns.BETA]
    working = columns.begin(norms, goal, sums, turns, epsilon)
    exchange.take_rest(total, x, first, factorisation, places, units, r)
    sweeps.substitute(r, factor, fronts, squares)
    vectors.y[:] = 0.0
    sweeps.sweep_back(vectors, factor, fronts, length, share, beta, squares)
    while steps < most and working > 0:
        sweeps.sweep_forth(vectors, factor, fronts, curvatures, images)
        columns.turn(sums, turns)
        sweeps.sweep_back(vectors, factor, fronts, length, share, beta, next_squares)
        steps += 1
        if columns.advance(sums, steps) > 0:
            sweeps.measure(
                vectors, factorisation, sums[columns.CORRECTIONS], sums[columns.RESIDUALS]
            )
        working = columns.judge(goal, sums, epsilon, steps)
    exchange.add_solution(vectors.y, x, first, factorisation, places, units)
    for k in range(units.size):
        sums[columns.REACHED, k] *= units[k]
    for place in range(p.size):
        p[place] -= r[place]
    return steps


def compile_descent() -> None:
    """Compile `descend` for vectors in float32, which nearly all solves take."""
    vector, matrix = np.empty(1, np.float32), np.empty((1, 1), np.float32)
    image, exact, norms = np.empty((1, 1, 1)), np.empty((1, 1)), np.empty(1)
    fronts, places = np.empty((1, 1), np.int64), np.empty((1, 1), np.uint64)
    factorisation = Factorisation(fronts, factor=matrix, root=vector, inverse_root=matrix)
    vectors = Vectors(*(vector for _ in Vectors._fields))
    arguments = (
        image, image, 0, factorisation, vectors, places, exact, matrix, norms, norms, 1,
    )  # fmt: skip
    typeof: Any = numba.typeof
    descend.compile(tuple(typeof(argument) for argument in arguments))
