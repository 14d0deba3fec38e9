"""Solvers of L_alpha x = b (eq. 8)."""

from .amg import AMGSolver
from .chebyshev import ChebyshevSolver, chebyshev, chebyshev_steps
from .choice import METHODS, make_solver
from .dense import DenseSolver
from .grid import GridSolver
from .result import Solver, SolveResult

__all__ = [
    "METHODS",
    "AMGSolver",
    "ChebyshevSolver",
    "DenseSolver",
    "GridSolver",
    "SolveResult",
    "Solver",
    "chebyshev",
    "chebyshev_steps",
    "make_solver",
]
