"""One solve: conjugate gradients on the odd pixels, for all columns side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import colours, products, updates
from .alone import iterate_alone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .system import OddSystem
    from .workspace import Workspace

# Iterations after which the true residual is computed in any case.
PATIENCE = 40


class Iteration:
    """Conjugate gradients on the odd pixels.

    Parameters
    ----------
    system
        The equations of the odd pixels.
    workspace
        Vectors that are free.
    rhs
        Right-hand sides of L_alpha x = b, (n, k).
    start
        First guesses of x, or None for zero.
    """

    def __init__(
        self,
        system: OddSystem,
        workspace: Workspace,
        rhs: NDArray[np.float64],
        start: NDArray[np.float64] | None,
    ) -> None:
        self._system, self._work, self._run = system, workspace, workspace.run
        image = rhs.reshape(*system.shape, -1)
        # Right-hand sides are scaled to a largest value of 1, for float32's sake.
        self._run(colours.largest, image, workspace.dots)
        largest = workspace.dots.max(axis=1)
        self._scale = (1.0 - system.alpha) * np.where(largest > 0.0, largest, 1.0)
        factor = (1.0 - system.alpha) / self._scale
        self._run(colours.split, image, factor, colours.EVEN, workspace.even_rhs)
        self._run(colours.split, image, factor, colours.ODD, workspace.odd_rhs)
        self.norms = np.hypot(self._norms(workspace.even_rhs), self._norms(workspace.odd_rhs))
        if start is None:
            workspace.x[:] = 0.0
        else:
            guess = start.reshape(image.shape)
            self._run(colours.split, guess, 1.0 / self._scale, colours.ODD, workspace.x)
        for vector in (workspace.correction, workspace.residual, workspace.direction):
            vector[:] = 0.0
        self._slope = np.ones(workspace.columns)
        self.iterations = 0

    def replace_residual(self) -> NDArray[np.float64]:
        """Add up the solution, compute its residual in float64 and return the norms."""
        work, edges = self._work, self._system.exact_edges
        self._run(updates.settle, work.x, work.correction)
        self._run(products.to_even, work.x, edges, work.even)
        work.even += work.even_rhs
        self._run(products.to_odd, work.even, edges, 1.0, work.odd_rhs, work.total)
        recurred = self._norms(work.residual)
        self._run(updates.leave, work.total, work.x, work.residual, work.dots)
        norms = np.sqrt(self._sums())
        # Where rounding has set the two apart the old direction says nothing of the new one.
        self._slope[norms > 2.0 * recurred] = np.inf
        return norms

    def iterate(self, goal: NDArray[np.float64]) -> None:
        """Iterate until the residual of each column is within its goal.

        The directions go on from the last call: what it learned of the spectrum is kept.
        """
        if self._work.is_compiled_whole:
            self._iterate_alone(goal)
        else:
            self._iterate_in_bands(goal)

    def _iterate_alone(self, goal: NDArray[np.float64]) -> None:
        """Iterate in one kernel."""
        work, system = self._work, self._system
        self.iterations += iterate_alone(
            work.correction, work.residual, work.direction, work.image, work.dots,
            system.edges, system.smoothing, self._slope, goal, PATIENCE,
        )  # fmt: skip

    def _iterate_in_bands(self, goal: NDArray[np.float64]) -> None:
        """Iterate kernel by kernel, each of them on all threads."""
        work, edges = self._work, self._system.edges
        precision = edges.dtype
        active = self._norms(work.residual) > goal
        for _ in range(PATIENCE):
            work.preconditioner.set_slopes(work.residual, work.dots)
            slope = self._sums()
            beta = np.where(active, slope / self._slope, 0.0)
            work.preconditioner.turn(work.direction, work.residual, beta.astype(precision))
            self._run(products.product, work.direction, edges, work.image, work.dots)
            curvature = self._sums()
            active &= (curvature > 0.0) & (slope > 0.0)
            length = np.divide(slope, curvature, out=np.zeros_like(slope), where=active)
            self._run(
                updates.advance, work.correction, work.residual, work.direction, work.image,
                length.astype(precision), work.dots,
            )  # fmt: skip
            self._slope = np.where(slope > 0.0, slope, 1.0)
            self.iterations += 1
            active &= np.sqrt(self._sums()) > goal
            if not active.any():
                return
        # Directions that have led nowhere, for rounding, are given up.
        self._slope[active] = np.inf

    def solution(self) -> NDArray[np.float64]:
        """Return x for the residual computed last, (n, k)."""
        image = np.empty((*self._system.shape, self._work.columns))
        self._run(colours.merge, self._work.even, self._scale, colours.EVEN, image)
        self._run(colours.merge, self._work.x, self._scale, colours.ODD, image)
        return image.reshape(-1, self._work.columns)

    def _norms(self, vector: NDArray[np.floating]) -> NDArray[np.float64]:
        self._run(updates.row_dots, vector, vector, self._work.dots)
        return np.sqrt(self._sums())

    def _sums(self) -> NDArray[np.float64]:
        """Return what the rows' dots add up to, for each column."""
        return np.asarray(self._work.dots.sum(axis=1))
