"""The multigrid hierarchy of the odd pixels' matrix: pairs of pairs of pixels.

Pairing follows the strength of connection, so that edges of the guide are kept on every
level however steep they are. Everything is computed in float64 on A = D - alpha W, whose
weights span tens of decades, and stored in float32 scaled to unit diagonals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import colours, matching, schur
from .bands import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.graph import PixelGraph

COARSEST = 150
# An aggregation that keeps more of its rows than this is not worth another level.
STALLED = 0.9


@dataclass(frozen=True)
class Sparse:
    """A symmetric M-matrix: its diagonal, and the negatives of its other entries as CSR."""

    pointers: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[np.float64]
    diagonal: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.diagonal.size


@dataclass(frozen=True)
class Transfer:
    """Each row's aggregate on the next level (-1: none), and its weight there."""

    aggregate: NDArray[np.int32]
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Level:
    """A matrix scaled to a unit diagonal, and the way to the next level.

    The entries of row i are at pointers[i] ... pointers[i + 1], those left of the diagonal
    before middle[i].
    """

    pointers: NDArray[np.int32]
    middle: NDArray[np.int32]
    columns: NDArray[np.uint32]
    values: NDArray[np.float32]
    transfer: Transfer


@dataclass(frozen=True)
class Hierarchy:
    """All that a preconditioned iteration on the odd pixels needs.

    Attributes
    ----------
    transfer
        From the odd pixels to the first level.
    levels
        The coarse levels but the last.
    inverse
        Inverse of the matrix of the last level.
    """

    transfer: Transfer
    levels: tuple[Level, ...]
    inverse: NDArray[np.float32]


def build_hierarchy(graph: PixelGraph, alpha: float) -> Hierarchy:
    """Build the levels for a graph of four neighbours."""
    matrix = _odd_matrix(graph, alpha)
    first, matrix = _aggregate(matrix, np.sqrt(colours.odd_values(graph.degree).ravel()))
    levels = []
    while matrix.size > COARSEST:
        transfer, coarse = _aggregate(matrix, np.sqrt(matrix.diagonal))
        if coarse.size > STALLED * matrix.size:
            break
        levels.append(_level(matrix, transfer))
        matrix = coarse
    return Hierarchy(first, tuple(levels), _dense_inverse(matrix))


def _odd_matrix(graph: PixelGraph, alpha: float) -> Sparse:
    """Eliminate the even pixels from A = D - alpha W."""
    height, width = graph.shape
    rows = height * ((width + 1) // 2)
    diagonal = np.zeros(rows)
    columns = np.zeros((rows, schur.ROW_ENTRIES), np.int32)
    values = np.zeros((rows, schur.ROW_ENTRIES))
    across, down = graph.weights
    run(
        schur.schur_complement, height, width,
        across, down, graph.degree, alpha, diagonal, columns, values,
    )  # fmt: skip
    pointers = np.empty(rows + 1, np.int32)
    # In place: an entry never moves to the right.
    schur.compress(columns, values, pointers, columns.ravel(), values.ravel())
    return Sparse(pointers, columns.ravel(), values.ravel(), diagonal)


def _aggregate(matrix: Sparse, root: NDArray[np.float64]) -> tuple[Transfer, Sparse]:
    """Pair the rows; ``root`` is the scale that the rows' vectors have."""
    aggregate = np.empty(matrix.size, np.int32)
    first, following = np.empty(matrix.size, np.int32), np.empty(matrix.size, np.int32)
    entries = (matrix.pointers, matrix.columns, matrix.values, matrix.diagonal)
    count = matching.match(*entries, aggregate, first, following)
    length = int(matrix.pointers[-1])
    coarse = Sparse(
        np.empty(count + 1, np.int32), np.empty(length, np.int32),
        np.empty(length), np.empty(count),
    )  # fmt: skip
    matching.coarsen(
        *entries, aggregate, first, following, np.full(count, -1, np.int32),
        coarse.pointers, coarse.columns, coarse.values, coarse.diagonal,
    )  # fmt: skip
    weight = np.zeros(matrix.size, np.float32)
    taken = aggregate >= 0
    weight[taken] = root[taken] / np.sqrt(coarse.diagonal[aggregate[taken]])
    return Transfer(aggregate, weight), coarse


def _level(matrix: Sparse, transfer: Transfer) -> Level:
    """Scale a level's matrix for the cycle."""
    length = int(matrix.pointers[-1])
    # Unsigned, because the compiler need not look for negative indices then.
    middle, columns = np.empty(matrix.size, np.int32), np.empty(length, np.uint32)
    values = np.empty(length, np.float32)
    scale = 1.0 / np.sqrt(matrix.diagonal)
    run(
        matching.normalise, matrix.size, 8,
        matrix.pointers, matrix.columns, matrix.values, scale, middle, columns, values,
    )  # fmt: skip
    return Level(matrix.pointers, middle, columns, values, transfer)


def _dense_inverse(matrix: Sparse) -> NDArray[np.float32]:
    """Invert the matrix of the last level, scaled to a unit diagonal."""
    scale = 1.0 / np.sqrt(matrix.diagonal)
    dense = np.eye(matrix.size)
    rows = np.repeat(np.arange(matrix.size), np.diff(matrix.pointers))
    columns = matrix.columns[: rows.size]
    dense[rows, columns] = -matrix.values[: rows.size] * scale[rows] * scale[columns]
    return np.linalg.inv(dense).astype(np.float32)
