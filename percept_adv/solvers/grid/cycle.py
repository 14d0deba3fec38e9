"""One multigrid cycle on the coarse levels, in float32, with symmetric Gauss-Seidel smoothing.

Vectors are (blocks, n, 4): four columns side by side fill a vector register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .bands import run_blocks
from .compilation import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .compilation import Values
    from .hierarchy import Hierarchy

LANES = 4
# Levels that are solved twice, for pairs alone converge slowly over many levels.
TWICE = frozenset(range(2, 64, 2))


@kernel
def descend(
    pointers: Values, middle: Values, columns: Values, values: Values,
    aggregate: Values, weight: Values, x: Values, rhs: Values, coarse: Values, block: int,
) -> None:  # fmt: skip
    """Smooth forward from zero and restrict the residual.

    The residual of a row is then what the rows after it have brought.
    """
    x, rhs, coarse = x[block], rhs[block], coarse[block]
    for i in range(x.shape[0]):
        a, b, c, d = rhs[i, 0], rhs[i, 1], rhs[i, 2], rhs[i, 3]
        for k in range(pointers[i], middle[i]):
            value, j = values[k], columns[k]
            a += value * x[j, 0]
            b += value * x[j, 1]
            c += value * x[j, 2]
            d += value * x[j, 3]
        x[i, 0], x[i, 1], x[i, 2], x[i, 3] = a, b, c, d
    coarse[:] = 0.0
    zero = np.float32(0.0)
    for i in range(x.shape[0]):
        target = aggregate[i]
        if target < 0:
            continue
        a, b, c, d = zero, zero, zero, zero
        for k in range(middle[i], pointers[i + 1]):
            value, j = values[k], columns[k]
            a += value * x[j, 0]
            b += value * x[j, 1]
            c += value * x[j, 2]
            d += value * x[j, 3]
        share = weight[i]
        coarse[target, 0] += share * a
        coarse[target, 1] += share * b
        coarse[target, 2] += share * c
        coarse[target, 3] += share * d


@kernel
def ascend(
    pointers: Values, columns: Values, values: Values,
    aggregate: Values, weight: Values, x: Values, rhs: Values, coarse: Values, block: int,
) -> None:  # fmt: skip
    """Add the coarse correction and smooth backward; the result is left in ``rhs``."""
    x, rhs, coarse = x[block], rhs[block], coarse[block]
    for i in range(x.shape[0]):
        source = aggregate[i]
        if source >= 0:
            for lane in range(4):
                x[i, lane] += weight[i] * coarse[source, lane]
    for i in range(x.shape[0] - 1, -1, -1):
        a, b, c, d = rhs[i, 0], rhs[i, 1], rhs[i, 2], rhs[i, 3]
        for k in range(pointers[i], pointers[i + 1]):
            value, j = values[k], columns[k]
            a += value * x[j, 0]
            b += value * x[j, 1]
            c += value * x[j, 2]
            d += value * x[j, 3]
        x[i, 0], x[i, 1], x[i, 2], x[i, 3] = a, b, c, d
    rhs[:] = x


@kernel
def remainder(
    pointers: Values, columns: Values, values: Values, x: Values, rhs: Values, out: Values
) -> None:
    """Set out to rhs - A x."""
    for i in range(x.shape[0]):
        a, b, c, d = rhs[i, 0], rhs[i, 1], rhs[i, 2], rhs[i, 3]
        for k in range(pointers[i], pointers[i + 1]):
            value, j = values[k], columns[k]
            a += value * x[j, 0]
            b += value * x[j, 1]
            c += value * x[j, 2]
            d += value * x[j, 3]
        out[i, 0], out[i, 1] = a - x[i, 0], b - x[i, 1]
        out[i, 2], out[i, 3] = c - x[i, 2], d - x[i, 3]


class Cycle:
    """The arrays of a cycle for a number of columns.

    ``residual`` (blocks, n, 4) takes the first coarse level's right-hand side; ``run``
    leaves the correction in its place.
    """

    def __init__(self, hierarchy: Hierarchy, columns: int) -> None:
        blocks = -(-columns // LANES)
        self._levels, self._inverse = hierarchy.levels, hierarchy.inverse
        sizes = [level.middle.size for level in self._levels] + [self._inverse.shape[0]]
        self._rhs = [np.zeros((blocks, size, LANES), np.float32) for size in sizes]
        self._x: list[NDArray[np.float32]] = [np.empty_like(rhs) for rhs in self._rhs[:-1]]
        self.residual = self._rhs[0]

    def run(self) -> None:
        """Replace the residual by the correction."""
        run_blocks(self._run_block, self.residual.shape[0])

    def _run_block(self, block: int) -> None:
        """Run the cycle for four columns."""
        self._solve(0, block)

    def _solve(self, depth: int, block: int) -> None:
        """Replace the right-hand side of a level by a correction for it."""
        rhs = self._rhs[depth]
        if depth == len(self._levels):
            rhs[block] = self._inverse @ rhs[block]
            return
        level, way, x = self._levels[depth], self._levels[depth].transfer, self._x[depth]
        below = self._rhs[depth + 1]
        descend(
            level.pointers, level.middle, level.columns, level.values, way.aggregate,
            way.weight, x, rhs, below, block,
        )  # fmt: skip
        if depth + 1 in TWICE and depth + 1 < len(self._levels):
            self._solve_twice(depth + 1, block)
        else:
            self._solve(depth + 1, block)
        ascend(
            level.pointers, level.columns, level.values, way.aggregate,
            way.weight, x, rhs, below, block,
        )  # fmt: skip

    def _solve_twice(self, depth: int, block: int) -> None:
        """Correct once more for what the first correction has left."""
        rhs, level = self._rhs[depth][block], self._levels[depth]
        wanted = rhs.copy()
        self._solve(depth, block)
        first = rhs.copy()
        remainder(level.pointers, level.columns, level.values, first, wanted, rhs)
        self._solve(depth, block)
        rhs += first
