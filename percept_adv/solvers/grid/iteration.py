"""One solve: descents on the odd pixels, each from a true residual in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.compiling_elsewhere import CompiledElsewhere
from percept_adv.solvers.grid import products, red_black, sums
from percept_adv.solvers.grid.descent import compile_descent, descend
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.solvers.grid.system import OddSystem
    from percept_adv.solvers.grid.workspace import Workspace

# Steps after which the true residual is computed in any case.
PATIENCE = 100
# It takes as long to compile as all others together.
_descent = CompiledElsewhere(descend, compile_descent)


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
        self._run(red_black.largest, image, workspace.dots)
        largest = workspace.dots.max(axis=1)
        self._scale = (1.0 - system.alpha) * np.where(largest > 0.0, largest, 1.0)
        factor = (1.0 - system.alpha) / self._scale
        self._run(red_black.split, image, factor, red_black.EVEN, workspace.even_rhs)
        self._run(red_black.split, image, factor, red_black.ODD, workspace.odd_rhs)
        self.norms = np.hypot(self._norms(workspace.even_rhs), self._norms(workspace.odd_rhs))
        if start is None:
            workspace.x[:] = 0.0
        else:
            guess = start.reshape(image.shape)
            self._run(red_black.split, guess, 1.0 / self._scale, red_black.ODD, workspace.x)
        self.forget_directions()
        self.iterations = 0

    def forget_directions(self) -> None:
        """Begin anew from the next residual: rounding has made the directions useless."""
        for group in self._work.groups:
            group.forget()

    def residual_norms(self) -> NDArray[np.float64]:
        """Compute the residual of the solution in float64 and return the norms."""
        work, edges = self._work, self._system.edges
        self._run(products.to_even, work.x, edges, work.even)
        work.even += work.even_rhs
        self._run(products.to_odd, work.even, edges, work.odd_rhs, work.total)
        self._run(sums.distances, work.total, work.x, work.dots)
        return np.sqrt(self._sums())

    def descend(self, residual: NDArray[np.float64], goal: NDArray[np.float64]) -> None:
        """Improve the solution, of these residual norms, until each is within its goal."""
        _descent.wait()
        work, system = self._work, self._system
        steps = [0] * len(work.groups)

        def improve(index: int, _stop: int) -> None:
            group = work.groups[index]
            steps[index] = descend(
                work.total, work.x, group.first, system.factorisation, group.vectors,
                group.places, group.sums, group.turns, residual[group.columns],
                goal[group.columns], PATIENCE,
            )  # fmt: skip

        for_each_band(improve, len(work.groups), band=1)
        self.iterations += max(steps)

    def solution(self) -> NDArray[np.float64]:
        """Return x for the residual computed last, (n, k)."""
        image = np.empty((*self._system.shape, self._work.columns))
        self._run(red_black.merge, self._work.even, self._scale, red_black.EVEN, image)
        self._run(red_black.merge, self._work.x, self._scale, red_black.ODD, image)
        return image.reshape(-1, self._work.columns)

    def _norms(self, vector: NDArray[np.floating]) -> NDArray[np.float64]:
        self._run(sums.squares, vector, self._work.dots)
        return np.sqrt(self._sums())

    def _sums(self) -> NDArray[np.float64]:
        """Return what the rows' dots add up to, for each column."""
        return np.asarray(self._work.dots.sum(axis=1))
