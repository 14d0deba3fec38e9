"""The equations of the odd pixels, S x_o = c_o + alpha Woe c_e, and their factorisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid import red_black
from percept_adv.solvers.grid.bands import run
from percept_adv.solvers.grid.factorisation import Factorisation, factorise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph

# Rounding in the iteration shows in a residual as the unit roundoff over 1 - alpha: beyond
# this float32 gets nowhere and float64 takes its place.
WORST_ROUNDING = 5e-3


@dataclass(frozen=True)
class OddSystem:
    """What the iteration needs of the graph.

    Attributes
    ----------
    shape
        (H, W) of the image.
    alpha
        Smoothing parameter.
    edges
        alpha Wn at the odd pixels, to above, below, left, right: (4, H + 2, half + 2).
    factorisation
        The preconditioner.
    """

    shape: tuple[int, int]
    alpha: float
    edges: NDArray[np.float64]
    factorisation: Factorisation


def odd_system(graph: PixelGraph, alpha: float) -> OddSystem:
    """Collect the equations of the odd pixels of a graph of four neighbours."""
    height, width = graph.shape
    edges = np.zeros((4, height + 2, (width + 1) // 2 + 2))
    run(red_black.odd_edges, height, width, *graph.normalised_weights(), alpha, edges)
    single = np.finfo(np.float32).eps / (1.0 - alpha) < WORST_ROUNDING
    precision = np.float32 if single else np.float64
    return OddSystem(graph.shape, alpha, edges, factorise(graph, alpha, precision))
