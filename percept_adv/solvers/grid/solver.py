"""Conjugate gradients on half of the pixels, with multigrid where alpha is large.

On four neighbours an even pixel meets odd pixels only, so it can be eliminated: with
c = (1 - alpha) b the odd pixels satisfy (I - alpha^2 Woe Weo) x_o = c_o + alpha Woe c_e.
That halves the vectors and, at the same cost of a step, the number of steps. Up to alpha
0.999 division by the diagonal is preconditioner enough; beyond, a multigrid cycle over
aggregates of strongly coupled pixels.

The iteration runs in float32, or float64 where alpha is very close to 1. Its solution is
accumulated in float64 and its residual replaced by the true one whenever rounding could
show (van der Vorst and Ye, "Residual replacement strategies", SIAM J. Sci. Comput. 22,
2000), so that any tolerance of float64 can be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.result import SolveResult

from .hierarchy import build_hierarchy
from .iteration import Iteration
from .system import odd_system
from .workspace import Workspaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.graph import PixelGraph

MAX_ITERATIONS = 1000
# After a round without progress the next begins with new directions; two say enough.
MAX_STALLS = 2
# Up to here the plain iteration is faster than one with multigrid: its steps, up to two
# hundred, are twenty times cheaper, and it needs no hierarchy.
LARGEST_PLAIN_ALPHA = 0.999
# The iteration is trusted until the residual is this many times what rounding shows.
TRUSTED = 20.0


class GridSolver:
    """Solves L_alpha x = b on four neighbours.

    Parameters
    ----------
    graph
        The pixel graph, of four neighbours.
    alpha
        Smoothing parameter in [0, 1).
    """

    def __init__(self, graph: PixelGraph, alpha: float) -> None:
        self._system = odd_system(graph, alpha)
        hierarchy = build_hierarchy(graph, alpha) if alpha > LARGEST_PLAIN_ALPHA else None
        self._workspaces = Workspaces(self._system, hierarchy)

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k)."""
        workspace = self._workspaces.take(rhs.shape[1])
        state = Iteration(self._system, workspace, rhs, start)
        goal = tol * state.norms
        residual, stalls = state.replace_residual(), 0
        while state.iterations < MAX_ITERATIONS and (residual > goal).any():
            state.iterate(np.maximum(0.7 * goal, TRUSTED * self._system.rounding * residual))
            improved = state.replace_residual()
            stalled = (improved > 0.99 * residual)[residual > goal].all()
            residual, stalls = improved, stalls + 1 if stalled else 0
            if stalls == MAX_STALLS:
                break
        below = np.where(state.norms > 0.0, state.norms, 1.0)
        relative = float((residual / below).max(initial=0.0))
        solution = state.solution()
        self._workspaces.give_back(workspace)
        return SolveResult(solution, state.iterations, relative, relative <= tol)
