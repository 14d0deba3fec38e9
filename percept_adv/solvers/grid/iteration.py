"""The vectors of one solve and what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import colours, sweeps
from .bands import run
from .preconditioning import Jacobi, Multigrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .hierarchy import Hierarchy
    from .preconditioning import Preconditioner
    from .system import OddSystem

# Iterations after which the true residual is computed in any case.
PATIENCE = 40


class Iteration:
    """Conjugate gradients on the odd pixels, for all columns side by side.

    Parameters
    ----------
    system
        The equations of the odd pixels.
    hierarchy
        The levels of the multigrid preconditioner, or None for Jacobi's.
    rhs
        Right-hand sides of L_alpha x = b, (n, k).
    start
        First guesses of x, or None for zero.
    """

    def __init__(
        self,
        system: OddSystem,
        hierarchy: Hierarchy | None,
        rhs: NDArray[np.float64],
        start: NDArray[np.float64] | None,
    ) -> None:
        self._shape, self._columns, alpha = system.shape, rhs.shape[1], system.alpha
        self._exact_edges, self._edges = system.exact_edges, system.edges
        self._dots = np.zeros((self._columns, self._shape[0]))
        # Right-hand sides are scaled to a largest value of 1, for float32's sake.
        largest = np.maximum(rhs.max(axis=0), -rhs.min(axis=0))
        self._scale = (1.0 - alpha) * np.where(largest > 0.0, largest, 1.0)
        factor = (1.0 - alpha) / self._scale
        self._even_rhs = self._split(rhs, factor, colours.EVEN)
        self._odd_rhs = self._split(rhs, factor, colours.ODD)
        self.norms = np.hypot(self._norms(self._even_rhs), self._norms(self._odd_rhs))
        if start is None:
            self._x = self._array(np.float64)
        else:
            self._x = self._split(start, 1.0 / self._scale, colours.ODD)
        self._even, self._exact = self._array(np.float64), self._array(np.float64)
        self._precision = system.edges.dtype.type
        vectors = [self._array(self._precision) for _ in range(6)]
        self._dx, self._residual, self._z, self._direction, self._image, self._half = vectors
        self._preconditioner: Preconditioner = (
            Jacobi(system.smoothing, self._run)
            if hierarchy is None
            else Multigrid(hierarchy, system.smoothing, system.edges, self._columns, self._run)
        )
        self._slope = np.ones(self._columns)
        self.iterations = 0

    def replace_residual(self) -> NDArray[np.float64]:
        """Add up the solution, compute its residual in float64 and return the norms."""
        self._x += self._dx
        self._dx[:] = 0.0
        self._run(sweeps.to_even, self._x, self._exact_edges, self._even)
        self._even += self._even_rhs
        self._run(sweeps.to_odd, self._even, self._exact_edges, 1.0, self._odd_rhs, self._exact)
        self._exact -= self._x
        recurred, norms = self._norms(self._residual), self._norms(self._exact)
        # Where rounding has set the two apart the old direction says nothing of the new one.
        self._slope[norms > 2.0 * recurred] = np.inf
        self._residual[:] = self._exact
        return norms

    def iterate(self, goal: NDArray[np.float64]) -> None:
        """Iterate until the residual of each column is within its goal.

        The directions go on from the last call: what it learned of the spectrum is kept.
        """
        active = self._norms(self._residual) > goal
        for _ in range(PATIENCE):
            self._preconditioner.apply(self._residual, self._z, self._image, self._half)
            slope = self._products(self._residual, self._z)
            beta = np.where(active, slope / self._slope, 0.0)
            self._run(sweeps.turn, self._direction, self._z, beta.astype(self._precision))
            self._run(sweeps.to_even, self._direction, self._edges, self._half)
            self._run(
                sweeps.to_odd, self._half, self._edges, self._precision(-1.0),
                self._direction, self._image,
            )  # fmt: skip
            curvature = self._products(self._direction, self._image)
            active &= (curvature > 0.0) & (slope > 0.0)
            length = np.divide(slope, curvature, out=np.zeros_like(slope), where=active)
            self._run(
                sweeps.advance, self._dx, self._residual, self._direction, self._image,
                length.astype(self._precision), self._dots,
            )  # fmt: skip
            self._slope = np.where(slope > 0.0, slope, 1.0)
            self.iterations += 1
            active &= np.sqrt(self._dots.sum(axis=1)) > goal
            if not active.any():
                return
        # Directions that have led nowhere, for rounding, are given up.
        self._slope[active] = np.inf

    def solution(self) -> NDArray[np.float64]:
        """Return x for the residual computed last, (n, k)."""
        image = np.empty((*self._shape, self._columns))
        self._run(colours.merge, self._even, self._x, self._scale, image)
        return image.reshape(-1, self._columns)

    def _norms(self, residual: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.sqrt(self._products(residual, residual))

    def _products(
        self, one: NDArray[np.floating], other: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return the inner products of the columns."""
        self._run(sweeps.row_dots, one, other, self._dots)
        return np.asarray(self._dots.sum(axis=1))

    def _run(self, function: Callable[..., None], *arguments: Any) -> None:
        height, width = self._shape
        run(function, height, width * self._columns // 2, *arguments)

    def _array(self, dtype: type) -> NDArray[Any]:
        return colours.colour_array(self._shape, self._columns, dtype)

    def _split(
        self, values: NDArray[np.float64], factor: NDArray[np.float64], colour: int
    ) -> NDArray[np.float64]:
        image = values.reshape(*self._shape, self._columns)
        out = self._array(np.float64)
        self._run(colours.split, image, factor, colour, out)
        return out
