"""Interpolation that follows the operator, and the coarse operators P^T A P.

Dendy, "Black box multigrid", J. Comput. Phys. 48, 1982: the coarse points are the pixels
of even row and even column; a point between two of them is interpolated with the stencil
lumped along the other direction, a cell centre by its own equation. Where the guide has
an edge the interpolation stops there, as it has to.

Stencils are (5, H + 4, W + 4): the diagonal and the couplings (the negatives of the
entries) to the right, below, below right and below left; point (i, j) is at [i + 1, j + 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


@kernel
def interpolation(stencil: Values, across: Values, down: Values, start: int, stop: int) -> None:
    """Set the interpolation weights of the three kinds of points between coarse points.

    For coarse point (I, J), index [I + 1, J + 1]: ``across`` from left, right to
    (2I, 2J + 1); ``down`` from above, below to (2I + 1, 2J). Where a diagonal is zero,
    beyond the image, so are the weights.
    """
    d, e, s, se, sw = stencil[0], stencil[1], stencil[2], stencil[3], stencil[4]
    for i in range(start + 1, stop + 1):
        y = 2 * i - 1
        for j in range(1, across.shape[2] - 1):
            x = 2 * j
            lumped = d[y, x] - s[y - 1, x] - s[y, x]
            if lumped > 0.0:
                across[0, i, j] = (e[y, x - 1] + se[y - 1, x - 1] + sw[y, x]) / lumped
                across[1, i, j] = (e[y, x] + sw[y - 1, x + 1] + se[y, x]) / lumped
            x, y1 = 2 * j - 1, y + 1
            lumped = d[y1, x] - e[y1, x - 1] - e[y1, x]
            if lumped > 0.0:
                down[0, i, j] = (s[y1 - 1, x] + se[y1 - 1, x - 1] + sw[y1 - 1, x + 1]) / lumped
                down[1, i, j] = (s[y1, x] + sw[y1, x] + se[y1, x]) / lumped


@kernel
def centres(
    stencil: Values, across: Values, down: Values, centre: Values, start: int, stop: int
) -> None:
    """Set the weights of the cell centres, from upper left, upper right, lower left and right."""
    d, e, s, se, sw = stencil[0], stencil[1], stencil[2], stencil[3], stencil[4]
    for i in range(start + 1, stop + 1):
        y = 2 * i
        for j in range(1, across.shape[2] - 1):
            x = 2 * j
            if d[y, x] <= 0.0:
                continue
            above, below, left, right = s[y - 1, x], s[y, x], e[y, x - 1], e[y, x]
            scale = 1.0 / d[y, x]
            centre[0, i, j] = scale * (
                se[y - 1, x - 1] + above * across[0, i, j] + left * down[0, i, j]
            )
            centre[1, i, j] = scale * (
                sw[y - 1, x + 1] + above * across[1, i, j] + right * down[0, i, j + 1]
            )
            centre[2, i, j] = scale * (
                sw[y, x] + below * across[0, i + 1, j] + left * down[1, i, j]
            )
            centre[3, i, j] = scale * (
                se[y, x] + below * across[1, i + 1, j] + right * down[1, i, j + 1]
            )


@kernel
def across_rows(
    stencil: Values,
    across: Values,
    down: Values,
    centre: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Rows of A P at the points (2I, 2J + 1): to (I, J), (I, J+1), (I+1, J), (I+1, J+1)."""
    d, e, s, se, sw = stencil[0], stencil[1], stencil[2], stencil[3], stencil[4]
    for i in range(start + 1, stop + 1):
        y = 2 * i - 1
        for j in range(1, across.shape[2] - 1):
            x = 2 * j
            above, below = s[y - 1, x], s[y, x]
            upleft, upright = se[y - 1, x - 1], sw[y - 1, x + 1]
            lowleft, lowright = sw[y, x], se[y, x]
            out[0, i, j] = (
                d[y, x] * across[0, i, j] - e[y, x - 1]
                - above * centre[2, i - 1, j] - below * centre[0, i, j]
                - upleft * down[1, i - 1, j] - lowleft * down[0, i, j]
            )  # fmt: skip
            out[1, i, j] = (
                d[y, x] * across[1, i, j] - e[y, x]
                - above * centre[3, i - 1, j] - below * centre[1, i, j]
                - upright * down[1, i - 1, j + 1] - lowright * down[0, i, j + 1]
            )  # fmt: skip
            out[2, i, j] = -below * centre[2, i, j] - lowleft * down[1, i, j]
            out[3, i, j] = -below * centre[3, i, j] - lowright * down[1, i, j + 1]


@kernel
def down_rows(
    stencil: Values,
    across: Values,
    down: Values,
    centre: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Rows of A P at (2I + 1, 2J): to (I, J), (I+1, J), (I, J+1), (I+1, J+1), (I+1, J-1)."""
    d, e, s, se, sw = stencil[0], stencil[1], stencil[2], stencil[3], stencil[4]
    for i in range(start + 1, stop + 1):
        y = 2 * i
        for j in range(1, across.shape[2] - 1):
            x = 2 * j - 1
            left, right = e[y, x - 1], e[y, x]
            upleft, upright = se[y - 1, x - 1], sw[y - 1, x + 1]
            lowleft, lowright = sw[y, x], se[y, x]
            out[0, i, j] = (
                d[y, x] * down[0, i, j] - s[y - 1, x]
                - left * centre[1, i, j - 1] - right * centre[0, i, j]
                - upleft * across[1, i, j - 1] - upright * across[0, i, j]
            )  # fmt: skip
            out[1, i, j] = (
                d[y, x] * down[1, i, j] - s[y, x]
                - left * centre[3, i, j - 1] - right * centre[2, i, j]
                - lowleft * across[1, i + 1, j - 1] - lowright * across[0, i + 1, j]
            )  # fmt: skip
            out[2, i, j] = -right * centre[1, i, j] - upright * across[1, i, j]
            out[3, i, j] = -right * centre[3, i, j] - lowright * across[1, i + 1, j]
            out[4, i, j] = -left * centre[2, i, j - 1] - lowleft * across[0, i + 1, j - 1]


@kernel
def galerkin(
    stencil: Values,
    across: Values,
    down: Values,
    centre: Values,
    h: Values,
    v: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Set the coarse stencil P^T A P from the rows of A P, ``h`` and ``v``.

    The rows at the cell centres are zero: the centres satisfy their own equations.
    """
    d, e, s, se, sw = stencil[0], stencil[1], stencil[2], stencil[3], stencil[4]
    for i in range(start + 1, stop + 1):
        y = 2 * i - 1
        for j in range(1, across.shape[2] - 1):
            x = 2 * j - 1
            l0, r1, t0, b1 = across[0, i, j], across[1, i, j - 1], down[0, i, j], down[1, i - 1, j]
            right, left, below, above = e[y, x], e[y, x - 1], s[y, x], s[y - 1, x]
            lowright, upright = se[y, x], sw[y - 1, x + 1]
            lowleft, upleft = sw[y, x], se[y - 1, x - 1]
            out[0, i, j] = (
                d[y, x] - right * l0 - left * r1 - below * t0 - above * b1
                - lowright * centre[0, i, j] - upright * centre[2, i - 1, j]
                - lowleft * centre[1, i, j - 1] - upleft * centre[3, i - 1, j - 1]
                + l0 * h[0, i, j] + r1 * h[1, i, j - 1] + t0 * v[0, i, j] + b1 * v[1, i - 1, j]
            )  # fmt: skip
            out[1, i, j] = (
                right * across[1, i, j]
                + lowright * centre[1, i, j] + upright * centre[3, i - 1, j]
                - l0 * h[1, i, j] - t0 * v[2, i, j] - b1 * v[3, i - 1, j]
            )  # fmt: skip
            out[2, i, j] = (
                below * down[1, i, j]
                + lowright * centre[2, i, j] + lowleft * centre[3, i, j - 1]
                - t0 * v[1, i, j] - l0 * h[2, i, j] - r1 * h[3, i, j - 1]
            )  # fmt: skip
            out[3, i, j] = lowright * centre[3, i, j] - l0 * h[3, i, j] - t0 * v[3, i, j]
            out[4, i, j] = lowleft * centre[2, i, j - 1] - r1 * h[2, i, j - 1] - t0 * v[4, i, j]
