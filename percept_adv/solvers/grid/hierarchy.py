"""The grids of the multigrid preconditioner: coarsened by two until a dense inverse is cheap.

Everything is computed in float64 on A = D - alpha W, whose weights span tens of decades,
and stored in float32 for operators scaled to a unit diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import classes, colours, galerkin
from .bands import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.graph import PixelGraph

COARSEST = 128
SMALLEST = 1e-18


@dataclass(frozen=True)
class Transfer:
    """Interpolation weights between a grid and the next coarser one, (..., Hc + 2, Wc + 2)."""

    injection: NDArray[np.float32]
    across: NDArray[np.float32]
    centre: NDArray[np.float32]


@dataclass(frozen=True)
class Grid:
    """A coarse grid: its shape, its couplings by class and the way to the next coarser one."""

    shape: tuple[int, int]
    couplings: NDArray[np.float32]
    transfer: Transfer


@dataclass(frozen=True)
class Hierarchy:
    """All that a preconditioned iteration on the odd pixels needs.

    Attributes
    ----------
    shape
        (H, W) of the image.
    edges
        alpha Wn at the odd pixels, to above, below, left, right: (4, H + 2, half + 2).
    transfer
        From the even pixels to the first coarse grid.
    grids
        The coarse grids but the last.
    coarsest
        Shape of the last grid.
    inverse
        Inverse of the operator on the last grid.
    """

    shape: tuple[int, int]
    edges: NDArray[np.float64]
    transfer: Transfer
    grids: tuple[Grid, ...]
    coarsest: tuple[int, int]
    inverse: NDArray[np.float32]


def build_hierarchy(graph: PixelGraph, alpha: float) -> Hierarchy:
    """Build the grids for a graph of four neighbours."""
    height, width = graph.shape
    edges = np.zeros((4, height + 2, (width + 1) // 2 + 2))
    run(colours.odd_edges, height, width, *graph.normalised_weights(), alpha, edges)
    stencil = _fine_stencil(graph, alpha)
    transfer, stencil = _coarsen(stencil, graph.shape)
    first, shape, grids = transfer, _coarser(graph.shape), []
    while shape[0] * shape[1] > COARSEST:
        transfer, coarse = _coarsen(stencil, shape)
        grids.append(Grid(shape, _couplings(stencil, shape), transfer))
        stencil, shape = coarse, _coarser(shape)
    return Hierarchy(graph.shape, edges, first, tuple(grids), shape, _dense_inverse(stencil, shape))


def _coarser(shape: tuple[int, int]) -> tuple[int, int]:
    return (shape[0] + 1) // 2, (shape[1] + 1) // 2


def _fine_stencil(graph: PixelGraph, alpha: float) -> NDArray[np.float64]:
    """Lay A = D - alpha W out as a stencil with a border."""
    height, width = graph.shape
    stencil = np.zeros((5, height + 4, width + 4))
    across, down = graph.weights
    stencil[0, 1 : height + 1, 1 : width + 1] = graph.degree
    np.multiply(across, alpha, out=stencil[1, 1 : height + 1, 1:width])
    np.multiply(down, alpha, out=stencil[2, 1:height, 1 : width + 1])
    return stencil


def _coarsen(
    stencil: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[Transfer, NDArray[np.float64]]:
    """Return the scaled interpolation to the next coarser grid, and its stencil."""
    rows, width = _coarser(shape)
    padded = (rows + 2, width + 2)
    across, down = np.zeros((2, *padded)), np.zeros((2, *padded))
    centre, h, v = np.zeros((4, *padded)), np.zeros((4, *padded)), np.zeros((5, *padded))
    coarse = np.zeros((5, rows + 4, width + 4))
    run(galerkin.interpolation, rows, width, stencil, across, down)
    run(galerkin.centres, rows, width, stencil, across, down, centre)
    run(galerkin.across_rows, rows, width, stencil, across, down, centre, h)
    run(galerkin.down_rows, rows, width, stencil, across, down, centre, v)
    run(galerkin.galerkin, rows, width, stencil, across, down, centre, h, v, coarse)
    del h, v
    return _scaled_transfer(stencil, coarse, across, centre), coarse


def _scaled_transfer(
    stencil: NDArray[np.float64],
    coarse: NDArray[np.float64],
    across: NDArray[np.float64],
    centre: NDArray[np.float64],
) -> Transfer:
    """Scale the interpolation to unit diagonals on both grids."""
    rows, width = across.shape[1] - 2, across.shape[2] - 2
    below = _reciprocal_root(coarse[0])
    above = np.sqrt(stencil[0])
    inner = (slice(1, rows + 1), slice(1, width + 1))
    fine = [above[1 + a : 1 + a + 2 * rows : 2, 1 + b : 1 + b + 2 * width : 2]
            for a, b in ((0, 0), (0, 1), (1, 1))]  # fmt: skip
    ends = [below[1 + a : 1 + a + rows, 1 + b : 1 + b + width]
            for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]  # fmt: skip
    scaled = Transfer(
        np.zeros(across.shape[1:], np.float32),
        np.zeros(across.shape, np.float32),
        np.zeros(centre.shape, np.float32),
    )
    scaled.injection[inner] = fine[0] * ends[0]
    for way in range(2):
        scaled.across[way][inner] = across[way][inner] * fine[1] * ends[way]
    for way in range(4):
        scaled.centre[way][inner] = centre[way][inner] * fine[2] * ends[way]
    for weights in (scaled.injection, scaled.across, scaled.centre):
        weights[weights < SMALLEST] = 0.0
    return scaled


def _reciprocal_root(diagonal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return diagonal^-1/2, and 0 beyond the grid, where the diagonal is 0."""
    root = np.sqrt(diagonal)
    return np.divide(1.0, root, out=np.zeros_like(root), where=root > 0.0)


def _couplings(stencil: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float32]:
    rows, width = _coarser(shape)
    couplings = np.zeros((4, 8, rows + 2, width + 2), np.float32)
    run(classes.class_couplings, rows, width, stencil, _reciprocal_root(stencil[0]), couplings)
    return couplings


def _dense_inverse(stencil: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Invert the operator of the last grid, scaled to a unit diagonal."""
    height, width = shape
    index = np.pad(np.arange(height * width).reshape(shape), 1, constant_values=-1)
    scale = _reciprocal_root(stencil[0])[1 : height + 1, 1 : width + 1].ravel()
    matrix = np.eye(height * width)
    for way, (dy, dx) in enumerate(((0, 1), (1, 0), (1, 1), (1, -1)), start=1):
        here = index[1:-1, 1:-1].ravel()
        there = index[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width].ravel()
        inside = there >= 0
        here, there = here[inside], there[inside]
        entries = -stencil[way, 1 : height + 1, 1 : width + 1].ravel()[here]
        entries = entries * scale[here] * scale[there]
        matrix[here, there] = entries
        matrix[there, here] = entries
    return np.linalg.inv(matrix).astype(np.float32)
