"""The equations of the odd pixels: (I - alpha^2 Woe Weo) x_o = c_o + alpha Woe c_e."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import colours
from .bands import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.graph import PixelGraph

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
    exact_edges
        alpha Wn at the odd pixels, to above, below, left, right: (4, H + 2, half + 2).
    edges
        The same in the precision of the iteration.
    smoothing
        Reciprocal diagonal of the odd pixels' matrix, (H + 2, half + 2).
    rounding
        The relative residual that rounding of the iteration shows.
    """

    shape: tuple[int, int]
    alpha: float
    exact_edges: NDArray[np.float64]
    edges: NDArray[np.floating]
    smoothing: NDArray[np.float32]
    rounding: float


def odd_system(graph: PixelGraph, alpha: float) -> OddSystem:
    """Collect the equations of the odd pixels of a graph of four neighbours."""
    height, width = graph.shape
    exact = np.zeros((4, height + 2, (width + 1) // 2 + 2))
    run(colours.odd_edges, height, width, *graph.normalised_weights(), alpha, exact)
    single = np.finfo(np.float32).eps / (1.0 - alpha) < WORST_ROUNDING
    precision = np.float32 if single else np.float64
    edges: NDArray[np.floating] = exact.astype(precision)
    # Denormal products are slow and, beside a unit diagonal, nothing.
    edges[edges < 1e-18] = 0.0
    diagonal = 1.0 - np.einsum("wim,wim->im", exact, exact)
    # Rounding may leave less than what is there in exact arithmetic.
    smoothing = (1.0 / np.maximum(diagonal, 1.0 - alpha * alpha)).astype(np.float32)
    rounding = float(np.finfo(precision).eps) / (1.0 - alpha)
    return OddSystem(graph.shape, alpha, exact, edges, smoothing, rounding)
