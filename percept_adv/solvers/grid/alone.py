"""The iteration with Jacobi's preconditioner on one thread, compiled as a whole.

On small images the steps are so short that calling their kernels one by one takes longer
than the kernels do, and keeps other threads, with images of their own, waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import products, updates
from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


@kernel
def iterate_alone(
    x: Values, residual: Values, direction: Values, image: Values, dots: Values,
    edges: Values, scale: Values, slopes: Values, goal: Values, most: int,
) -> int:  # fmt: skip
    """Do what `Iteration.iterate` does; return the number of iterations.

    ``slopes`` holds residual . M residual of the last iteration, (K,), and takes the new one.
    """
    height, columns = x.shape[0] - 2, x.shape[1]
    beta, length = np.zeros(columns, x.dtype), np.zeros(columns, x.dtype)
    slope = np.zeros(columns)
    updates.row_dots(residual, residual, dots, 0, height)
    active = np.sqrt(_sums(dots)) > goal
    for iteration in range(most):
        updates.scaled_row_dots(residual, scale, dots, 0, height)
        slope[:] = _sums(dots)
        for k in range(columns):
            beta[k] = slope[k] / slopes[k] if active[k] else 0.0
        updates.turn_scaled(direction, residual, scale, beta, 0, height)
        products.product(direction, edges, image, dots, 0, height)
        curvature = _sums(dots)
        for k in range(columns):
            active[k] = active[k] and curvature[k] > 0.0 and slope[k] > 0.0
            length[k] = slope[k] / curvature[k] if active[k] else 0.0
            slopes[k] = slope[k] if slope[k] > 0.0 else 1.0
        updates.advance(x, residual, direction, image, length, dots, 0, height)
        active &= np.sqrt(_sums(dots)) > goal
        if not active.any():
            return iteration + 1
    slopes[active] = np.inf
    return most


@kernel
def _sums(dots: Values) -> Values:
    """Return what the rows' dots add up to, for each column."""
    sums = np.zeros(dots.shape[0])
    for k in range(dots.shape[0]):
        for i in range(dots.shape[1]):
            sums[k] += dots[k, i]
    return sums
