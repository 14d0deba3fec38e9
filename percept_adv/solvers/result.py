"""What every solver of L_alpha x = b is, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SolveResult:
    """A solution of L_alpha x = b with what is known about its quality.

    Attributes
    ----------
    x
        The solution, in the shape of b.
    iterations
        Iterations spent; 0 for a direct solver.
    relative_residual
        ||b - L_alpha x|| / ||b||, computed from x itself; the largest over the right-hand
        sides (channels, images of the batch).
    converged
        Whether ``relative_residual`` is within the tolerance.
    """

    x: NDArray[np.float64]
    iterations: int
    relative_residual: float
    converged: bool


class Solver(Protocol):
    """Solves L_alpha x = b for several right-hand sides of one graph."""

    def solve(
        self, rhs: NDArray[np.float64], *, start: NDArray[np.float64] | None, tol: float
    ) -> SolveResult:
        """Solve for the columns of ``rhs``, (n, k), from ``start`` (zero if None).

        Parameters
        ----------
        rhs
            (n, k): one column for each right-hand side.
        start
            (n, k): a first guess.
        tol
            Relative residual, above 0.

        Returns
        -------
        SolveResult
            The solution (n, k), and how good it is.
        """
        ...


def largest_ratio(residual: NDArray[np.float64], rhs: NDArray[np.float64]) -> float:
    """Return the largest ||residual|| / ||rhs|| over the columns; 0 for columns of zeros."""
    above, below = column_norms(residual), column_norms(rhs)
    ratios = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return float(ratios.max(initial=0.0))


def column_norms(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the L2 norm of each column of an (n, k) array."""
    norms: NDArray[np.float64] = np.sqrt(np.einsum("nk,nk->k", columns, columns))
    return norms
