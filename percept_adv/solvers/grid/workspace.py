"""The vectors of a solve, kept for the next: memory from the system is slow when it is new."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.solvers.grid import columns, red_black
from percept_adv.solvers.grid.bands import is_one_band, run
from percept_adv.solvers.grid.sweeps import Vectors
from percept_adv.solvers.grid.wavefronts import origins, values
from percept_adv.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.solvers.grid.system import OddSystem

# Larger workspaces are given back: beside their solves the time to get them is small.
KEPT_BYTES = 128 << 20


class ColumnGroup:
    """Columns that one thread solves for, and their vectors in fronts.

    Parameters
    ----------
    system
        The equations of the odd pixels.
    first, count
        The first column, and how many they are.
    """

    def __init__(self, system: OddSystem, first: int, count: int) -> None:
        self.first, self.columns = first, slice(first, first + count)
        factorisation = system.factorisation
        size, precision = values(factorisation.fronts) * count, factorisation.factor.dtype
        self.vectors = Vectors(*(np.zeros(size, precision) for _ in Vectors._fields))
        self.places = origins(factorisation.fronts, count)
        self.sums = np.ones((columns.SUMS, count))
        self.turns = np.zeros((columns.TURNS, count), precision)
        self.forget()

    @property
    def nbytes(self) -> int:
        """Size of the vectors."""
        return sum(vector.nbytes for vector in self.vectors)

    def forget(self) -> None:
        """Have the next descent begin with new directions."""
        self.sums[columns.REACHED] = 0.0


class Workspace:
    """Vectors for K columns: of one colour, (H + 2, K, half + 2), and in fronts.

    Parameters
    ----------
    system
        The equations of the odd pixels.
    columns
        Right-hand sides that are solved for side by side.
    """

    def __init__(self, system: OddSystem, columns: int) -> None:
        self.columns, self._shape = columns, system.shape
        exact = [red_black.colour_array(system.shape, columns, np.float64) for _ in range(5)]
        self.even_rhs, self.odd_rhs, self.x, self.even, self.total = exact
        self.dots = np.zeros((columns, system.shape[0]))
        height, width = system.shape
        count = 1 if is_one_band(height, self._width(width)) else min(columns, thread_count())
        bounds = [columns * index // count for index in range(count + 1)]
        self.groups = [ColumnGroup(system, first, last - first) for first, last in pairwise(bounds)]
        self.nbytes = sum(array.nbytes for array in exact)
        self.nbytes += sum(group.nbytes for group in self.groups)

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """Run a kernel over all rows."""
        height, width = self._shape
        run(function, height, self._width(width), *arguments)

    def _width(self, width: int) -> int:
        """Return the number of values in a row."""
        return width * self.columns // 2


class Workspaces:
    """Lends workspaces: each solve has its own, whatever the thread that it is on."""

    def __init__(self, system: OddSystem) -> None:
        self._system = system
        self._spare: dict[int, list[Workspace]] = {}

    def take(self, columns: int) -> Workspace:
        """Return a workspace that nobody else has."""
        try:
            return self._spare[columns].pop()
        except (KeyError, IndexError):
            return Workspace(self._system, columns)

    def give_back(self, workspace: Workspace) -> None:
        """Keep one for the next solve."""
        if workspace.nbytes <= KEPT_BYTES:
            self._spare[workspace.columns] = [workspace]
