"""Gauss-Seidel in four colours, and transfers, on a grid with nine-point stencils.

The points of a coarse grid form four classes by the parity of row and column: class
2 a + b holds the points (2I + a, 2J + b) in an array (Hc + 2, K, Wc + 2) with a border of
zeros, so that all neighbours of a class lie at the same or the next indices of the others.
Operators are scaled to a unit diagonal; couplings are the negatives of the other entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


@kernel
def gather(
    x: Values, rhs: Values, couplings: Values, q: int, out: Values, start: int, stop: int
) -> None:
    """Set class q of ``out`` to what solves its equations with the other classes of x."""
    columns, width = x.shape[2], x.shape[3] - 2
    left, above = q % 2 - 1, q // 2 - 1
    side, line, corner = x[q ^ 1], x[q ^ 2], x[q ^ 3]
    for i in range(start + 1, stop + 1):
        for k in range(columns):
            for m in range(1, width + 1):
                out[q, i, k, m] = (
                    rhs[q, i, k, m]
                    + couplings[q, 0, i, m] * side[i, k, m + left]
                    + couplings[q, 1, i, m] * side[i, k, m + left + 1]
                    + couplings[q, 2, i, m] * line[i + above, k, m]
                    + couplings[q, 3, i, m] * line[i + above + 1, k, m]
                )
            for m in range(1, width + 1):
                out[q, i, k, m] += (
                    couplings[q, 4, i, m] * corner[i + above, k, m + left]
                    + couplings[q, 5, i, m] * corner[i + above, k, m + left + 1]
                    + couplings[q, 6, i, m] * corner[i + above + 1, k, m + left]
                    + couplings[q, 7, i, m] * corner[i + above + 1, k, m + left + 1]
                )


@kernel
def scatter_classes(grid: Values, out: Values, start: int, stop: int) -> None:
    """Sort the rows of class row I of a grid (H + 2, K, W + 2) into the four classes."""
    height, columns, width = grid.shape[0] - 2, grid.shape[1], grid.shape[2] - 2
    for i in range(start, stop):
        for a in range(min(2, height - 2 * i)):
            for k in range(columns):
                for b in range(2):
                    for m in range((width - b + 1) // 2):
                        out[2 * a + b, i + 1, k, m + 1] = grid[2 * i + a + 1, k, 2 * m + b + 1]


@kernel
def gather_classes(classes: Values, out: Values, start: int, stop: int) -> None:
    """Undo ``scatter_classes``."""
    height, columns, width = out.shape[0] - 2, out.shape[1], out.shape[2] - 2
    for i in range(start, stop):
        for a in range(min(2, height - 2 * i)):
            for k in range(columns):
                for b in range(2):
                    for m in range((width - b + 1) // 2):
                        out[2 * i + a + 1, k, 2 * m + b + 1] = classes[2 * a + b, i + 1, k, m + 1]


@kernel
def restrict(
    x: Values,
    relaxed: Values,
    injection: Values,
    across: Values,
    centre: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Gather the residual on the next coarser grid.

    The residual of a class is what relaxing it would change, ``relaxed - x``; that of
    class 2, relaxed last, is zero.
    """
    columns, width = out.shape[1], out.shape[2] - 2
    for i in range(start + 1, stop + 1):
        for k in range(columns):
            for m in range(1, width + 1):
                out[i, k, m] = (
                    injection[i, m] * (relaxed[0, i, k, m] - x[0, i, k, m])
                    + across[0, i, m] * (relaxed[1, i, k, m] - x[1, i, k, m])
                    + across[1, i, m - 1] * (relaxed[1, i, k, m - 1] - x[1, i, k, m - 1])
                )
            for m in range(1, width + 1):
                out[i, k, m] += (
                    centre[0, i, m] * (relaxed[3, i, k, m] - x[3, i, k, m])
                    + centre[1, i, m - 1] * (relaxed[3, i, k, m - 1] - x[3, i, k, m - 1])
                    + centre[2, i - 1, m] * (relaxed[3, i - 1, k, m] - x[3, i - 1, k, m])
                    + centre[3, i - 1, m - 1]
                    * (relaxed[3, i - 1, k, m - 1] - x[3, i - 1, k, m - 1])
                )


@kernel
def prolong(
    coarse: Values,
    injection: Values,
    across: Values,
    centre: Values,
    x: Values,
    start: int,
    stop: int,
) -> None:
    """Add the coarse correction to all classes but 2, which is relaxed next."""
    columns, width = coarse.shape[1], coarse.shape[2] - 2
    for i in range(start + 1, stop + 1):
        for k in range(columns):
            for m in range(1, width + 1):
                x[0, i, k, m] += injection[i, m] * coarse[i, k, m]
                x[1, i, k, m] += (
                    across[0, i, m] * coarse[i, k, m] + across[1, i, m] * coarse[i, k, m + 1]
                )
                x[3, i, k, m] += (
                    centre[0, i, m] * coarse[i, k, m]
                    + centre[1, i, m] * coarse[i, k, m + 1]
                    + centre[2, i, m] * coarse[i + 1, k, m]
                    + centre[3, i, m] * coarse[i + 1, k, m + 1]
                )


@kernel
def class_couplings(stencil: Values, scale: Values, out: Values, start: int, stop: int) -> None:
    """Scale a stencil to a unit diagonal and lay its couplings out by class.

    ``scale`` is the reciprocal root of the diagonal, 0 beyond the grid. What is too small
    to matter beside the unit diagonal is dropped: its products would be denormal, slow.
    """
    width = out.shape[3] - 2
    for i in range(start + 1, stop + 1):
        for q in range(4):
            for m in range(1, width + 1):
                y, x = 2 * i - 1 + q // 2, 2 * m - 1 + q % 2
                own = scale[y, x]
                entries = (
                    stencil[1, y, x - 1] * scale[y, x - 1],
                    stencil[1, y, x] * scale[y, x + 1],
                    stencil[2, y - 1, x] * scale[y - 1, x],
                    stencil[2, y, x] * scale[y + 1, x],
                    stencil[3, y - 1, x - 1] * scale[y - 1, x - 1],
                    stencil[4, y - 1, x + 1] * scale[y - 1, x + 1],
                    stencil[4, y, x] * scale[y + 1, x - 1],
                    stencil[3, y, x] * scale[y + 1, x + 1],
                )
                for way in range(8):
                    value = own * entries[way]
                    out[q, way, i, m] = value if abs(value) > 1e-18 else 0.0
