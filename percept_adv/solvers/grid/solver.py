"""Conjugate gradients on half of the pixels, preconditioned by an incomplete factorisation.

On four neighbours an even pixel meets odd pixels only, so it can be eliminated: with
c = (1 - alpha) b the odd pixels satisfy (I - alpha^2 Woe Weo) x_o = c_o + alpha Woe c_e.
That halves the vectors. The matrix of the odd pixels couples each with eight others; its
modified incomplete factorisation costs as much as a few steps and saves most of them: at
alpha 0.997 some 16 steps reach 1e-5 on a photograph of 299 x 299, where division by the
diagonal needs 83.

The iteration runs in float32, or float64 where alpha is very close to 1. Its solution is
accumulated in float64 and its residual replaced by the true one whenever rounding could
show (van der Vorst and Ye, "Residual replacement strategies", SIAM J. Sci. Comput. 22,
2000), so that any tolerance of float64 can be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.iteration import Iteration
from percept_adv.solvers.grid.system import odd_system
from percept_adv.solvers.grid.workspace import Workspaces
from percept_adv.solvers.registry import solver
from percept_adv.solvers.result import SolveResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph

# The Gaussian kernel at lam 300 needs 1400 for 1e-5 at the largest alpha, 1 - 1e-6.
MAX_ITERATIONS = 10000
# After a round without progress the next begins with new directions; two say enough.
MAX_STALLS = 2
FOUR_NEIGHBOURS = ((0, 1), (1, 0))


@solver(
    "grid",
    rank=lambda _: 2,
    suits=lambda graph: graph.offsets == FOUR_NEIGHBOURS,
    needs="4 neighbours",
)
class GridSolver:
    """Solves L_alpha x = b on four neighbours.

    Parameters
    ----------
    graph
        The pixel graph, of four neighbours.
    alpha
        Smoothing parameter in [0, 1).

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> from percept_adv.solvers import GridSolver
    >>> guide = np.random.default_rng(0).random((8, 8, 3))
    >>> graph = pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)
    >>> GridSolver(graph, 0.9).solve(np.ones((64, 1)), start=None, tol=1e-6).converged
    True
    """

    def __init__(self, graph: PixelGraph, alpha: float) -> None:
        self._system = odd_system(graph, alpha)
        self._workspaces = Workspaces(self._system)

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k)."""
        workspace = self._workspaces.take(rhs.shape[1])
        state = Iteration(self._system, workspace, rhs, start)
        goal = tol * state.norms
        residual, stalls = state.residual_norms(), 0
        while state.iterations < MAX_ITERATIONS and (residual > goal).any():
            state.descend(residual, 0.7 * goal)
            improved = state.residual_norms()
            if (improved > 0.99 * residual)[residual > goal].all():
                state.forget_directions()
                stalls += 1
            else:
                stalls = 0
            residual = improved
            if stalls == MAX_STALLS:
                break
        below = np.where(state.norms > 0.0, state.norms, 1.0)
        relative = float((residual / below).max(initial=0.0))
        solution = state.solution()
        self._workspaces.give_back(workspace)
        return SolveResult(solution, state.iterations, relative, relative <= tol)
