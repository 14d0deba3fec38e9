"""One V-cycle on the coarse grids, in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .bands import run
from .classes import gather, gather_classes, prolong, restrict, scatter_classes
from .compilation import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .compilation import Values
    from .hierarchy import Grid, Hierarchy

# Up to this many values a grid is smoothed by one call, on one thread.
SMALL = 100_000


@kernel
def descend(
    grid: Values,
    x: Values,
    rhs: Values,
    relaxed: Values,
    couplings: Values,
    injection: Values,
    across: Values,
    centre: Values,
    coarse: Values,
) -> None:
    """Smooth from zero and restrict the residual."""
    rows = coarse.shape[0] - 2
    scatter_classes(grid, rhs, 0, rows)
    x[:] = 0.0
    for q in (0, 3, 1, 2):
        gather(x, rhs, couplings, q, x, 0, rows)
    for q in (0, 3, 1):
        gather(x, rhs, couplings, q, relaxed, 0, rows)
    restrict(x, relaxed, injection, across, centre, coarse, 0, rows)


@kernel
def ascend(
    coarse: Values,
    injection: Values,
    across: Values,
    centre: Values,
    x: Values,
    rhs: Values,
    couplings: Values,
    grid: Values,
) -> None:
    """Add the coarse correction and smooth in the reversed order."""
    rows = coarse.shape[0] - 2
    prolong(coarse, injection, across, centre, x, 0, rows)
    for q in (2, 1, 3, 0):
        gather(x, rhs, couplings, q, x, 0, rows)
    gather_classes(x, grid, 0, rows)


class Cycle:
    """The arrays of a V-cycle for a number of columns.

    ``residual`` takes the first coarse grid's right-hand side, (H + 2, K, W + 2) with a
    border of zeros; ``run`` then leaves the correction in the same array.
    """

    def __init__(self, hierarchy: Hierarchy, columns: int) -> None:
        self._hierarchy = hierarchy
        shapes = [grid.shape for grid in hierarchy.grids] + [hierarchy.coarsest]
        self._vectors = [_grid_array(shape, columns) for shape in shapes]
        self._classes = [_class_arrays(shape, columns) for shape in shapes[1:]]
        self.residual = self._vectors[0]

    def run(self) -> None:
        """Replace the residual by the correction."""
        levels = list(zip(self._hierarchy.grids, self._classes, strict=True))
        for depth, (grid, arrays) in enumerate(levels):
            _descend(grid, arrays, self._vectors[depth], self._vectors[depth + 1])
        self._solve_coarsest()
        for depth, (grid, arrays) in reversed(list(enumerate(levels))):
            _ascend(grid, arrays, self._vectors[depth], self._vectors[depth + 1])

    def _solve_coarsest(self) -> None:
        inner = self._vectors[-1][1:-1, :, 1:-1]
        height, columns, width = inner.shape
        flat = inner.transpose(0, 2, 1).reshape(height * width, columns)
        solved = (self._hierarchy.inverse @ flat).reshape(height, width, columns)
        inner[...] = solved.transpose(0, 2, 1)


def _grid_array(shape: tuple[int, int], columns: int) -> NDArray[np.float32]:
    return np.zeros((shape[0] + 2, columns, shape[1] + 2), np.float32)


def _class_arrays(coarser: tuple[int, int], columns: int) -> NDArray[np.float32]:
    """Return the solution, the right-hand side and the relaxed solution of a grid."""
    return np.zeros((3, 4, coarser[0] + 2, columns, coarser[1] + 2), np.float32)


def _descend(
    grid: Grid,
    arrays: NDArray[np.float32],
    vector: NDArray[np.float32],
    coarse: NDArray[np.float32],
) -> None:
    x, rhs, relaxed = arrays
    way = grid.transfer
    if vector.size <= SMALL:
        descend(
            vector, x, rhs, relaxed, grid.couplings, way.injection, way.across, way.centre, coarse
        )
        return
    rows, width = coarse.shape[0] - 2, coarse.shape[1] * coarse.shape[2]
    run(scatter_classes, rows, 4 * width, vector, rhs)
    x[:] = 0.0
    for q in (0, 3, 1, 2):
        run(gather, rows, width, x, rhs, grid.couplings, q, x)
    for q in (0, 3, 1):
        run(gather, rows, width, x, rhs, grid.couplings, q, relaxed)
    run(restrict, rows, width, x, relaxed, way.injection, way.across, way.centre, coarse)


def _ascend(
    grid: Grid,
    arrays: NDArray[np.float32],
    vector: NDArray[np.float32],
    coarse: NDArray[np.float32],
) -> None:
    x, rhs, _ = arrays
    way = grid.transfer
    if vector.size <= SMALL:
        ascend(coarse, way.injection, way.across, way.centre, x, rhs, grid.couplings, vector)
        return
    rows, width = coarse.shape[0] - 2, coarse.shape[1] * coarse.shape[2]
    run(prolong, rows, width, coarse, way.injection, way.across, way.centre, x)
    for q in (2, 1, 3, 0):
        run(gather, rows, width, x, rhs, grid.couplings, q, x)
    run(gather_classes, rows, 4 * width, x, vector)
