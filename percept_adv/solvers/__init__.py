"""Solvers of L_alpha x = b (eq. 8). Every module here may declare some with `registry.solver`."""

from importlib import import_module
from pkgutil import iter_modules

from percept_adv.solvers.amg import AMGSolver
from percept_adv.solvers.chebyshev import ChebyshevSolver, chebyshev, chebyshev_steps
from percept_adv.solvers.dense import DenseSolver
from percept_adv.solvers.grid import GridSolver
from percept_adv.solvers.red_black import red_black_chebyshev
from percept_adv.solvers.registry import make_solver, method_names
from percept_adv.solvers.result import Solver, SolveResult

__all__ = [
    "AMGSolver",
    "ChebyshevSolver",
    "DenseSolver",
    "GridSolver",
    "SolveResult",
    "Solver",
    "chebyshev",
    "chebyshev_steps",
    "make_solver",
    "method_names",
    "red_black_chebyshev",
]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
