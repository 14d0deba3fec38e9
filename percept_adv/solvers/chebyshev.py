"""A fixed number of Chebyshev steps for L_alpha x = b.

The eigenvalues of I - alpha Wn lie in [1 - alpha, 1 + alpha] (Wn is similar to a random
walk), so the steps need no inner products: their result is a fixed polynomial in Wn,
linear in b and exactly self-adjoint however few the steps are.
Recurrence: Saad, "Iterative Methods for Sparse Linear Systems", algorithm 12.1.
"""

from __future__ import annotations

from math import acosh, ceil
from typing import TYPE_CHECKING, Any

from percept_adv.solvers.registry import solver
from percept_adv.solvers.result import SolveResult, largest_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph


def chebyshev_steps(alpha: float, tol: float) -> int:
    """Return the number of steps that surely reduces the residual by ``tol``.

    The residual after k steps is at most 1 / T_k(1 / alpha) of the first; half of ``tol``
    is aimed at, to leave room for rounding, and for the sqrt(2) of `red_black_chebyshev`.

    Parameters
    ----------
    alpha
        Smoothing parameter in [0, 1).
    tol
        Relative residual, above 0.

    Returns
    -------
    int
        The number for `chebyshev`.

    Examples
    --------
    >>> from percept_adv.solvers import chebyshev_steps
    >>> chebyshev_steps(0.9, 1e-6)
    33
    """
    if alpha == 0.0 or tol >= 1.0:
        return 0
    return ceil(acosh(2.0 / tol) / acosh(1.0 / alpha))


def chebyshev(
    apply_wn: Callable[[Any], Any], rhs: Any, *, alpha: float, steps: int, start: Any = None
) -> Any:
    """Approximate L_alpha^-1 rhs by ``steps`` Chebyshev steps.

    Written with operators only, so that any array type will do (a tracer's too).

    Parameters
    ----------
    apply_wn
        Multiplies an array by Wn.
    rhs
        Right-hand side(s).
    alpha
        Smoothing parameter in [0, 1).
    steps
        Number of steps; each costs one multiplication by Wn.
    start
        A first guess; the steps then begin at its residual.

    Returns
    -------
    array
        The shape of ``rhs``.

    Examples
    --------
    >>> from percept_adv.solvers import chebyshev
    >>> swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> x = chebyshev(lambda v: swap @ v, np.array([1.0, 0.0]), alpha=0.5, steps=20)
    >>> x.round(4)
    array([0.6667, 0.3333])
    """
    residual = (1.0 - alpha) * rhs
    if start is not None:
        residual = residual - (start - alpha * apply_wn(start))
    step = residual
    x = step if start is None else start + step
    if alpha == 0.0:
        return x
    # Saad's theta is 1 (the middle of the spectrum) and his delta is alpha (its half width).
    rho = alpha
    for _ in range(steps):
        residual = residual - (step - alpha * apply_wn(step))
        following = 1.0 / (2.0 / alpha - rho)
        step = (following * rho) * step + (2.0 * following / alpha) * residual
        x = x + step
        rho = following
    return x


@solver("chebyshev", rank=lambda _: 0, takes_steps=True)
class ChebyshevSolver:
    """Runs a fixed number of Chebyshev steps on the sparse matrix Wn.

    Parameters
    ----------
    graph
        The pixel graph.
    alpha
        Smoothing parameter in [0, 1).
    steps
        Number of steps, or None for as many as the tolerance of each solve needs.

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> from percept_adv.solvers import ChebyshevSolver
    >>> guide = np.random.default_rng(0).random((8, 8, 3))
    >>> graph = pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)
    >>> ChebyshevSolver(graph, 0.9).solve(np.ones((64, 1)), start=None, tol=1e-6).converged
    True
    """

    def __init__(self, graph: PixelGraph, alpha: float, steps: int | None = None) -> None:
        self._wn = graph.normalised_matrix()
        self._alpha = alpha
        self._steps = steps

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k)."""
        steps = chebyshev_steps(self._alpha, tol) if self._steps is None else self._steps
        x = chebyshev(self._wn.__matmul__, rhs, alpha=self._alpha, steps=steps, start=start)
        residual = rhs - (x - self._alpha * (self._wn @ x)) / (1.0 - self._alpha)
        relative = largest_ratio(residual, rhs)
        return SolveResult(x, steps, relative, relative <= tol)
