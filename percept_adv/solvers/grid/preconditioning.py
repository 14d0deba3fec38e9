"""Approximate inverses M of the odd pixels' matrix, for the iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from . import colours, products, relaxation, updates
from .cycle import Cycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .hierarchy import Hierarchy
    from .system import OddSystem

    Run = Callable[..., None]

# Of the Jacobi steps before and after the coarse correction.
DAMPING = 0.7


class Preconditioner(Protocol):
    """Applies M to a residual: first its slope, then the turn of the direction by it."""

    def set_slopes(self, residual: NDArray[Any], dots: NDArray[np.float64]) -> None:
        """Set dots to residual . M residual of each row."""
        ...

    def turn(
        self, direction: NDArray[Any], residual: NDArray[Any], beta: NDArray[np.floating]
    ) -> None:
        """Set the direction to M residual + beta direction, for the residual of the slopes."""
        ...


class Jacobi:
    """Division by the diagonal, which needs no vector of its own."""

    def __init__(self, smoothing: NDArray[np.float32], run: Run) -> None:
        self._smoothing, self._run = smoothing, run

    def set_slopes(self, residual: NDArray[Any], dots: NDArray[np.float64]) -> None:
        """Set dots to residual . M residual of each row."""
        self._run(updates.scaled_row_dots, residual, self._smoothing, dots)

    def turn(
        self, direction: NDArray[Any], residual: NDArray[Any], beta: NDArray[np.floating]
    ) -> None:
        """Set the direction to M residual + beta direction."""
        self._run(updates.turn_scaled, direction, residual, self._smoothing, beta)


class Multigrid:
    """A multigrid cycle with one Jacobi step before and after the coarse correction."""

    def __init__(self, hierarchy: Hierarchy, system: OddSystem, columns: int, run: Run) -> None:
        self._cycle, self._way = Cycle(hierarchy, columns), hierarchy.transfer
        self._smoothing, self._run = np.float32(DAMPING) * system.smoothing, run
        self._edges = system.edges
        vectors = [
            colours.colour_array(system.shape, columns, system.edges.dtype.type) for _ in range(3)
        ]
        self._z, self._rest, self._half = vectors

    def set_slopes(self, residual: NDArray[Any], dots: NDArray[np.float64]) -> None:
        """Set dots to residual . M residual of each row, by one cycle."""
        aggregate, weight, coarse = self._way.aggregate, self._way.weight, self._cycle.residual
        self._run(relaxation.jacobi, residual, self._smoothing, self._z)
        self._set_rest(residual)
        relaxation.restrict_odd(self._rest, aggregate, weight, coarse)
        self._cycle.run()
        self._run(relaxation.prolong_odd, coarse, aggregate, weight, self._z)
        self._set_rest(residual)
        self._run(relaxation.relax, self._rest, self._smoothing, self._z)
        self._run(updates.row_dots, residual, self._z, dots)

    def turn(
        self,
        direction: NDArray[Any],
        residual: NDArray[Any],  # noqa: ARG002
        beta: NDArray[np.floating],
    ) -> None:
        """Set the direction to M residual + beta direction."""
        self._run(updates.turn, direction, self._z, beta)

    def _set_rest(self, residual: NDArray[Any]) -> None:
        """Set rest to residual - S z."""
        one = self._rest.dtype.type(1.0)
        self._run(products.to_even, self._z, self._edges, self._half)
        self._run(products.to_odd, self._half, self._edges, one, residual, self._rest)
        self._run(relaxation.subtract, self._rest, self._z)
