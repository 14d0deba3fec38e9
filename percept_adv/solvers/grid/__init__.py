"""The fast solver for four neighbours: no index arrays, the grid is the structure."""

from percept_adv.solvers.grid.solver import GridSolver

__all__ = ["GridSolver"]
