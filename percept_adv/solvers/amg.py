"""Conjugate gradients preconditioned by an algebraic multigrid hierarchy.

The hierarchy is built on the M-matrix A = D - alpha W, whose near-nullspace is the
constant vector, with coarsening by strength of connection; L_alpha^-1 is then
(1 - alpha) D^1/2 A^-1 D^1/2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.conjugate_gradient import conjugate_gradient
from percept_adv.solvers.registry import solver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph
    from percept_adv.solvers.result import SolveResult

MAX_ITERATIONS = 500


@solver("amg", rank=lambda _: 1)
class AMGSolver:
    """Ruge-Stueben hierarchy on the sparse matrix, for any neighbourhood.

    Parameters
    ----------
    graph
        The pixel graph.
    alpha
        Smoothing parameter in [0, 1).

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> from percept_adv.solvers import AMGSolver
    >>> guide = np.random.default_rng(0).random((8, 8, 3))
    >>> graph = pixel_graph(guide, neighbourhood(8), kernel="laplacian", lam=10.0)
    >>> AMGSolver(graph, 0.9).solve(np.ones((64, 1)), start=None, tol=1e-6).converged
    True
    """

    def __init__(self, graph: PixelGraph, alpha: float) -> None:
        import pyamg  # noqa: PLC0415 (heavy, and no other solver takes it)

        self._wn = graph.normalised_matrix()
        self._alpha = alpha
        self._scale = np.sqrt(graph.degree).reshape(-1, 1)
        # The pseudo-inverse would drop what is only badly scaled; Cholesky does not.
        hierarchy = pyamg.ruge_stuben_solver(graph.m_matrix(alpha), coarse_solver="cholesky")
        self._cycle = hierarchy.aspreconditioner()

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k)."""
        return conjugate_gradient(
            self._laplacian, self._precondition, rhs,
            start=start, tol=tol, max_iterations=MAX_ITERATIONS,
        )  # fmt: skip

    def _laplacian(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        image: NDArray[np.float64] = x - self._alpha * (self._wn @ x)
        return image / (1.0 - self._alpha)

    def _precondition(self, residual: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled = self._scale * residual
        columns = [self._cycle.matvec(column) for column in scaled.T]
        corrected: NDArray[np.float64] = self._scale * np.stack(columns, axis=1)
        return (1.0 - self._alpha) * corrected
