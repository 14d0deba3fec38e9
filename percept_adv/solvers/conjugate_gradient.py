"""Preconditioned conjugate gradients for several right-hand sides at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.result import SolveResult, column_norms, largest_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Operator = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def conjugate_gradient(
    operator: Operator,
    preconditioner: Operator,
    rhs: NDArray[np.float64],
    *,
    start: NDArray[np.float64] | None,
    tol: float,
    max_iterations: int,
) -> SolveResult:
    """Solve operator(x) = rhs for all columns of ``rhs``, (n, k), side by side.

    Each column has its own step lengths; a column that has converged rests. The residual
    of the recurrence is replaced by the true one before convergence is declared, and the
    iteration goes on from there if rounding had set them apart.
    """
    x = np.zeros_like(rhs) if start is None else start.copy()
    residual = rhs - operator(x) if start is not None else rhs.copy()
    goal = tol * column_norms(rhs)
    direction, slope = np.zeros_like(rhs), np.ones(rhs.shape[1])
    iterations, confirmed_at = 0, -1
    while iterations < max_iterations:
        active = column_norms(residual) > goal
        if not active.any():
            if iterations in (confirmed_at, 0):
                break
            residual = rhs - operator(x)
            direction, confirmed_at = np.zeros_like(rhs), iterations
            continue
        z = preconditioner(residual)
        new_slope = np.einsum("nk,nk->k", residual, z)
        direction = z + np.where(active, new_slope / slope, 0.0) * direction
        image = operator(direction)
        curvature = np.einsum("nk,nk->k", direction, image)
        active &= curvature > 0.0
        if not active.any():
            break
        length = np.divide(new_slope, curvature, out=np.zeros_like(curvature), where=active)
        x += length * direction
        residual -= length * image
        slope = np.where(new_slope > 0.0, new_slope, 1.0)
        iterations += 1
    relative = largest_ratio(rhs - operator(x), rhs)
    return SolveResult(x, iterations, relative, relative <= tol)
