"""Solvers of L_alpha x = b (eq. 8)."""

from percept_adv.solvers.amg import AMGSolver
from percept_adv.solvers.chebyshev import ChebyshevSolver, chebyshev, chebyshev_steps
from percept_adv.solvers.choice import METHODS, make_solver
from percept_adv.solvers.dense import DenseSolver
from percept_adv.solvers.grid import GridSolver
from percept_adv.solvers.result import Solver, SolveResult

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
