"""A fixed number of Chebyshev steps for L_alpha x = b.

The eigenvalues of I - alpha Wn lie in [1 - alpha, 1 + alpha] (Wn is similar to a random
walk), so the steps need no inner products: their result is a fixed polynomial in Wn,
linear in b and exactly self-adjoint however few the steps are.
It is Chebyshev's semi-iterative method (Saad, "Iterative Methods for Sparse Linear Systems",
algorithm 12.1), summed as a series of Chebyshev polynomials, which takes fewer operations.
"""

from __future__ import annotations

from math import acosh, ceil, sqrt
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

    The residual after k steps is at most 1 / T_k+1(1 / alpha) of the first; half of ``tol``
    is aimed at, to leave room for rounding, and for the sqrt(2) of `red_black_chebyshev`.
    """
    if alpha == 0.0 or tol >= 1.0:
        return 0
    return max(ceil(acosh(2.0 / tol) / acosh(1.0 / alpha)) - 1, 0)


def chebyshev_coefficients(alpha: float, degree: int) -> list[float]:
    """Return c of p(t) = sum_j c_j T_j(t) with 1 - (1 - alpha t) p(t) = T_n(t) / T_n(1 / alpha).

    n is the degree. No other p of degree n - 1 leaves a smaller residual over t in [-1, 1].
    """
    root = sqrt((1.0 - alpha) * (1.0 + alpha))
    ratio = alpha / (1.0 + root)
    series = [ratio**j - ratio ** (2 * degree - j) for j in range(degree)]
    scale = 2.0 / (root * (1.0 + ratio ** (2 * degree)))
    return [0.5 * scale * series[0], *(scale * term for term in series[1:])]


def chebyshev(
    apply_2wn: Callable[[Any], Any], rhs: Any, *, alpha: float, steps: int, start: Any = None
) -> Any:
    """Approximate L_alpha^-1 rhs by ``steps`` Chebyshev steps.

    Written with operators only, so that any array type will do (a tracer's too).

    Parameters
    ----------
    apply_2wn
        Multiplies an array by 2 Wn.
    rhs
        Right-hand side(s).
    alpha
        Smoothing parameter in [0, 1).
    steps
        Number of steps; each costs one multiplication by Wn.
    start
        A first guess; the steps then begin at its residual.
    """
    term = (1.0 - alpha) * rhs
    if start is not None:
        term = term - start + (0.5 * alpha) * apply_2wn(start)
    first, *coefficients = chebyshev_coefficients(alpha, steps + 1)
    x = first * term if start is None else start + first * term
    before = None
    for coefficient in coefficients:
        # T_1(t) = t and T_k+1(t) = 2 t T_k(t) - T_k-1(t).
        product = apply_2wn(term)
        term, before = 0.5 * product if before is None else product - before, term
        x = x + coefficient * term
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
    """

    def __init__(self, graph: PixelGraph, alpha: float, steps: int | None = None) -> None:
        self._twice_wn = 2.0 * graph.normalised_matrix()
        self._alpha = alpha
        self._steps = steps

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k)."""
        steps = chebyshev_steps(self._alpha, tol) if self._steps is None else self._steps
        x = chebyshev(self._twice_wn.__matmul__, rhs, alpha=self._alpha, steps=steps, start=start)
        residual = rhs - (x - 0.5 * self._alpha * (self._twice_wn @ x)) / (1.0 - self._alpha)
        relative = largest_ratio(residual, rhs)
        return SolveResult(x, steps, relative, relative <= tol)
