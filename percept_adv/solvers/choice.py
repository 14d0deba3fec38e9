"""Which solver a method's name and an image's size stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.solvers.amg import AMGSolver
from percept_adv.solvers.chebyshev import ChebyshevSolver
from percept_adv.solvers.dense import DenseSolver
from percept_adv.solvers.grid import GridSolver

if TYPE_CHECKING:
    from percept_adv.pixel_graph import PixelGraph
    from percept_adv.solvers.result import Solver

METHODS = ("auto", "amg", "chebyshev", "dense")
# Up to here a factorisation is cheaper than setting up anything else.
DENSE_PIXELS = 100
GRID_OFFSETS = ((0, 1), (1, 0))


def make_solver(
    graph: PixelGraph, alpha: float, *, method: str = "auto", steps: int | None = None
) -> Solver:
    """Return the solver of L_alpha x = b that ``method`` names.

    ``"auto"`` is dense for at most 100 pixels, otherwise amg: preconditioned conjugate
    gradients, by algebraic multigrid or, on 4 neighbours, where that is faster, by an
    incomplete factorisation. ``steps`` is Chebyshev's.
    """
    if method == "auto":
        method = "dense" if graph.size <= DENSE_PIXELS else "amg"
    if method == "dense":
        return DenseSolver(graph, alpha)
    if method == "chebyshev":
        return ChebyshevSolver(graph, alpha, steps)
    if graph.offsets == GRID_OFFSETS:
        return GridSolver(graph, alpha)
    return AMGSolver(graph, alpha)
