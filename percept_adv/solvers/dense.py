"""L_alpha^-1 by a dense Cholesky factorisation, for small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from percept_adv.solvers.registry import solver
from percept_adv.solvers.result import SolveResult, largest_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph


# Up to this many pixels a factorisation is cheaper than setting up anything else.
_SMALL = 100


@solver("dense", rank=lambda graph: 3 if graph.size <= _SMALL else 0)
class DenseSolver:
    """Factors L_alpha once: n^3 / 3 operations and n^2 numbers for n pixels.

    Parameters
    ----------
    graph
        The pixel graph.
    alpha
        Smoothing parameter in [0, 1).

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> from percept_adv.solvers import DenseSolver
    >>> guide = np.random.default_rng(0).random((8, 8, 3))
    >>> graph = pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)
    >>> DenseSolver(graph, 0.9).solve(np.ones((64, 1)), start=None, tol=1e-6).iterations
    0
    """

    def __init__(self, graph: PixelGraph, alpha: float) -> None:
        wn = graph.normalised_matrix()
        self._laplacian = (np.eye(graph.size) - alpha * wn.toarray()) / (1.0 - alpha)
        self._factor = scipy.linalg.cho_factor(self._laplacian, lower=True)

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k); a start is of no use here."""
        del start
        x = scipy.linalg.cho_solve(self._factor, rhs)
        relative = largest_ratio(rhs - self._laplacian @ x, rhs)
        return SolveResult(x, 0, relative, relative <= tol)
