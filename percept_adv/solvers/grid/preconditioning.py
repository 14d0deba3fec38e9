"""Approximate inverses of the odd pixels' matrix, for the iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from . import sweeps
from .cycle import Cycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .hierarchy import Hierarchy

    Run = Callable[..., None]

# Of the Jacobi steps before and after the coarse correction.
DAMPING = 0.7


class Preconditioner(Protocol):
    """Sets z to an approximate solution for a residual; ``spare`` and ``half`` are scratch."""

    def apply(
        self,
        residual: NDArray[Any],
        z: NDArray[Any],
        spare: NDArray[Any],
        half: NDArray[Any],
    ) -> None:
        """Set z, arrays of one colour all."""
        ...


class Jacobi:
    """Division by the diagonal."""

    def __init__(self, smoothing: NDArray[np.float32], run: Run) -> None:
        self._smoothing, self._run = smoothing, run

    def apply(
        self,
        residual: NDArray[Any],
        z: NDArray[Any],
        spare: NDArray[Any],
        half: NDArray[Any],
    ) -> None:
        """Set z to the residual over the diagonal."""
        del spare, half
        self._run(sweeps.jacobi, residual, self._smoothing, z)


class Multigrid:
    """A multigrid cycle with one Jacobi step before and after the coarse correction."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        smoothing: NDArray[np.float32],
        edges: NDArray[np.floating],
        columns: int,
        run: Run,
    ) -> None:
        self._cycle, self._way = Cycle(hierarchy, columns), hierarchy.transfer
        self._smoothing, self._edges, self._run = np.float32(DAMPING) * smoothing, edges, run

    def apply(
        self,
        residual: NDArray[Any],
        z: NDArray[Any],
        spare: NDArray[Any],
        half: NDArray[Any],
    ) -> None:
        """Set z to the correction of one cycle."""
        aggregate, weight, coarse = self._way.aggregate, self._way.weight, self._cycle.residual
        self._run(sweeps.jacobi, residual, self._smoothing, z)
        self._set_rest(residual, z, spare, half)
        sweeps.restrict_odd(spare, aggregate, weight, coarse)
        self._cycle.run()
        self._run(sweeps.prolong_odd, coarse, aggregate, weight, z)
        self._set_rest(residual, z, spare, half)
        self._run(sweeps.relax, spare, self._smoothing, z)

    def _set_rest(
        self,
        residual: NDArray[Any],
        z: NDArray[Any],
        rest: NDArray[Any],
        half: NDArray[Any],
    ) -> None:
        """Set rest to residual - S z."""
        self._run(sweeps.to_even, z, self._edges, half)
        self._run(sweeps.to_odd, half, self._edges, rest.dtype.type(1.0), residual, rest)
        self._run(sweeps.subtract, rest, z)
