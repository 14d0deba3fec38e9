"""The sweeps of conjugate gradients on (I - F)^-1 (2 I - E - F - F^T) (I - F^T)^-1.

With t = (I - F^T)^-1 p the product is t + u, u = (I - F)^-1 (p - E t): two triangular
sweeps and no multiplication by the matrix (Eisenstat, "Efficient implementation of a class
of preconditioned conjugate gradient methods", SIAM J. Sci. Stat. Comput. 2, 1981). The
updates of the vectors ride along in the backward sweep: a step passes twice over memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from percept_adv.solvers.grid.compilation import inlined, kernel, part
from percept_adv.solvers.grid.coupling import DIAGONAL, LEFT, UP, UP_LEFT, UP_RIGHT
from percept_adv.solvers.grid.overlap import arrays_are_apart
from percept_adv.solvers.grid.wavefronts import FIRST, REACH, locate, loop

if TYPE_CHECKING:
    import numpy as np

    from percept_adv.solvers.grid.compilation import Values
    from percept_adv.solvers.grid.factorisation import Factorisation

    Places = tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]


class Vectors(NamedTuple):
    """Vectors in fronts, those of all columns in one.

    The solution y of the scaled matrix, its residual r, the direction p, and t and u.
    """

    y: Values
    r: Values
    p: Values
    t: Values
    u: Values


@part
def earlier(fronts: Values, front: int, column: int, columns: int) -> Places:
    """Return where a front's pixels begin, and their neighbours before them, as F's rows are."""
    row = fronts[FIRST, front]
    return (
        locate(fronts, front, row, column, columns),
        locate(fronts, front - 1, row - 1, column, columns),
        locate(fronts, front - 1, row, column, columns),
        locate(fronts, front - 2, row - 1, column, columns),
        locate(fronts, front - 3, row - 2, column, columns),
    )


@part
def later(fronts: Values, front: int, column: int, columns: int) -> Places:
    """Return where a front's pixels begin, and the neighbours that they are earlier ones of."""
    row = fronts[FIRST, front]
    return (
        locate(fronts, front, row, column, columns),
        locate(fronts, front + 1, row + 1, column, columns),
        locate(fronts, front + 1, row, column, columns),
        locate(fronts, front + 2, row + 1, column, columns),
        locate(fronts, front + 3, row + 2, column, columns),
    )


@kernel
def sweep_back(
    vectors: Vectors, factor: Values, fronts: Values,
    length: Values, share: Values, beta: Values, squares: Values,
) -> None:  # fmt: skip
    """Step by ``length`` along t and turn: y += length t, r -= length (t + u).

    Then p = share r + beta p, and t is renewed. ``squares`` takes r . r of each column.
    """
    arrays_are_apart()
    y, r, p, t, u = vectors
    columns = length.size
    f1, f2, f3, f4 = factor[UP_RIGHT], factor[LEFT], factor[UP_LEFT], factor[UP]
    squares[:] = 0.0
    for front in range(fronts.shape[1] - REACH - 2, REACH - 1, -1):
        size = loop(fronts, front)
        _, a1, a2, a3, a4 = later(fronts, front, 0, 1)
        for k in range(columns):
            o, t1, t2, t3, t4 = later(fronts, front, k, columns)
            by, of_rest, turn, dot = length[k], share[k], beta[k], r.dtype.type(0.0)
            for i in range(size):
                rest = r[o + i] - by * (t[o + i] + u[o + i])
                dot += rest * rest
                r[o + i] = rest
                y[o + i] += by * t[o + i]
                turned = of_rest * rest + turn * p[o + i]
                p[o + i] = turned
                t[o + i] = (
                    turned
                    + f1[a1 + i] * t[t1 + i]
                    + f2[a2 + i] * t[t2 + i]
                    + f3[a3 + i] * t[t3 + i]
                    + f4[a4 + i] * t[t4 + i]
                )
            squares[k] += dot


@kernel
def sweep_forth(
    vectors: Vectors, factor: Values, fronts: Values, curvatures: Values, squares: Values
) -> None:
    """Set u; ``curvatures`` and ``squares`` take p . (t + u) and (t + u) . (t + u)."""
    arrays_are_apart()
    _, _, p, t, u = vectors
    columns = curvatures.size
    f1, f2, f3, f4 = factor[UP_RIGHT], factor[LEFT], factor[UP_LEFT], factor[UP]
    e = factor[DIAGONAL]
    curvatures[:] = 0.0
    squares[:] = 0.0
    for front in range(REACH, fronts.shape[1] - REACH - 1):
        size, a = loop(fronts, front), locate(fronts, front, fronts[FIRST, front], 0, 1)
        for k in range(columns):
            o, u1, u2, u3, u4 = earlier(fronts, front, k, columns)
            curvature, square = p.dtype.type(0.0), p.dtype.type(0.0)
            for i in range(size):
                swept = (
                    p[o + i]
                    - e[a + i] * t[o + i]
                    + f1[a + i] * u[u1 + i]
                    + f2[a + i] * u[u2 + i]
                    + f3[a + i] * u[u3 + i]
                    + f4[a + i] * u[u4 + i]
                )
                u[o + i] = swept
                image = swept + t[o + i]
                curvature += p[o + i] * image
                square += image * image
            curvatures[k] += curvature
            squares[k] += square


@inlined
def substitute(r: Values, factor: Values, fronts: Values, squares: Values) -> None:
    """Replace r by (I - F)^-1 r; ``squares`` takes r . r of each column."""
    columns = squares.size
    f1, f2, f3, f4 = factor[UP_RIGHT], factor[LEFT], factor[UP_LEFT], factor[UP]
    squares[:] = 0.0
    for front in range(REACH, fronts.shape[1] - REACH - 1):
        size, a = loop(fronts, front), locate(fronts, front, fronts[FIRST, front], 0, 1)
        for k in range(columns):
            o, r1, r2, r3, r4 = earlier(fronts, front, k, columns)
            for i in range(size):
                r[o + i] += (
                    f1[a + i] * r[r1 + i]
                    + f2[a + i] * r[r2 + i]
                    + f3[a + i] * r[r3 + i]
                    + f4[a + i] * r[r4 + i]
                )
            dot = r.dtype.type(0.0)
            for i in range(size):
                dot += r[o + i] * r[o + i]
            squares[k] += dot


@inlined
def measure(
    vectors: Vectors, factorisation: Factorisation, corrections: Values, residuals: Values
) -> None:
    """Take the squares of what y and r are before scaling.

    ``corrections`` takes those of y / root, ``residuals`` those of root (I - F) r, the
    residual without the preconditioner.
    """
    y, r = vectors.y, vectors.r
    fronts, factor, root = factorisation.fronts, factorisation.factor, factorisation.root
    columns = residuals.size
    f1, f2, f3, f4 = factor[UP_RIGHT], factor[LEFT], factor[UP_LEFT], factor[UP]
    corrections[:] = 0.0
    residuals[:] = 0.0
    for front in range(REACH, fronts.shape[1] - REACH - 1):
        size, a = loop(fronts, front), locate(fronts, front, fronts[FIRST, front], 0, 1)
        for k in range(columns):
            o, r1, r2, r3, r4 = earlier(fronts, front, k, columns)
            correction, residual = r.dtype.type(0.0), r.dtype.type(0.0)
            for i in range(size):
                rest = root[a + i] * (
                    r[o + i]
                    - f1[a + i] * r[r1 + i]
                    - f2[a + i] * r[r2 + i]
                    - f3[a + i] * r[r3 + i]
                    - f4[a + i] * r[r4 + i]
                )
                residual += rest * rest
                part = y[o + i] / root[a + i]
                correction += part * part
            corrections[k] += correction
            residuals[k] += residual
