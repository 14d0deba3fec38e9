"""The vectors of a solve, kept for the next: memory from the system is slow when it is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import colours
from .bands import is_one_band, run
from .preconditioning import Jacobi, Multigrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from .hierarchy import Hierarchy
    from .preconditioning import Preconditioner
    from .system import OddSystem

# Larger workspaces are given back: beside their solves the time to get them is small.
KEPT_BYTES = 128 << 20


class Workspace:
    """Vectors of one colour for K columns, (H + 2, K, half + 2), and the preconditioner.

    Parameters
    ----------
    system
        The equations of the odd pixels.
    hierarchy
        The levels of the multigrid preconditioner, or None for Jacobi's.
    columns
        Right-hand sides that are solved for side by side.
    """

    def __init__(self, system: OddSystem, hierarchy: Hierarchy | None, columns: int) -> None:
        self.columns, self._shape = columns, system.shape
        exact = [colours.colour_array(system.shape, columns, np.float64) for _ in range(5)]
        self.even_rhs, self.odd_rhs, self.x, self.even, self.total = exact
        precision = system.edges.dtype.type
        quick = [colours.colour_array(system.shape, columns, precision) for _ in range(4)]
        self.correction, self.residual, self.direction, self.image = quick
        self.dots = np.zeros((columns, system.shape[0]))
        self.nbytes = sum(array.nbytes for array in (*exact, *quick))
        self.preconditioner: Preconditioner = (
            Jacobi(system.smoothing, self.run)
            if hierarchy is None
            else Multigrid(hierarchy, system, columns, self.run)
        )

    @property
    def is_compiled_whole(self) -> bool:
        """Whether the iteration runs in one kernel: with Jacobi's, where no threads help."""
        height, width = self._shape
        return isinstance(self.preconditioner, Jacobi) and is_one_band(height, self._width(width))

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """Run a kernel over all rows."""
        height, width = self._shape
        run(function, height, self._width(width), *arguments)

    def _width(self, width: int) -> int:
        """Return the number of values in a row."""
        return width * self.columns // 2


class Workspaces:
    """Lends workspaces: each solve has its own, whatever the thread that it is on."""

    def __init__(self, system: OddSystem, hierarchy: Hierarchy | None) -> None:
        self._system, self._hierarchy = system, hierarchy
        self._spare: dict[int, list[Workspace]] = {}

    def take(self, columns: int) -> Workspace:
        """Return a workspace that nobody else has."""
        try:
            return self._spare[columns].pop()
        except (KeyError, IndexError):
            return Workspace(self._system, self._hierarchy, columns)

    def give_back(self, workspace: Workspace) -> None:
        """Keep one for the next solve."""
        if workspace.nbytes <= KEPT_BYTES:
            self._spare[workspace.columns] = [workspace]
