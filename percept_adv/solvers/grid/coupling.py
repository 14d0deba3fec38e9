"""The matrix of the odd pixels, S = D_o - B D_e^-1 B^T, in fronts.

B holds the couplings alpha W between odd and even pixels of A = D - alpha W. The
negatives of the entries of a row that lie before its diagonal are stored with the pixel,
by the place of the other one: (i - 1, j + 1), (i, j - 2), (i - 1, j - 1), (i - 2, j).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.compilation import kernel
from percept_adv.solvers.grid.wavefronts import first_front, origins, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph
    from percept_adv.solvers.grid.compilation import Values

# Rows of the couplings: the four before the diagonal, and the diagonal.
UP_RIGHT, LEFT, UP_LEFT, UP, DIAGONAL = range(5)
# Pixels that eliminated ones couple are two steps apart.
FRAME = 2


@kernel
def couple(
    degree: Values, across: Values, down: Values, alpha: float, places: Values, out: Values
) -> None:
    """Set ``out``, (5, values), from the degrees and the weights of the edges.

    ``degree``, ``across`` and ``down`` hold D and W with a frame of two pixels around the
    image, whose degrees are 1 and whose edges 0: (H + 4, W + 4) each. ``places`` tells where
    row 0 would be on each front.
    """
    width = degree.shape[1] - 2 * FRAME
    for row in range(degree.shape[0] - 2 * FRAME):
        i, front = row + FRAME, first_front(row)
        for m in range((width + row % 2) // 2):
            j = FRAME + (row + 1) % 2 + 2 * m
            place = places[front + np.uint64(m)] + np.uint64(row)
            above, below = alpha * down[i - 1, j], alpha * down[i, j]
            before, after = alpha * across[i, j - 1], alpha * across[i, j]
            by_above, by_below = above / degree[i - 1, j], below / degree[i + 1, j]
            by_before, by_after = before / degree[i, j - 1], after / degree[i, j + 1]
            out[UP, place] = by_above * alpha * down[i - 2, j]
            out[LEFT, place] = by_before * alpha * across[i, j - 2]
            out[UP_LEFT, place] = alpha * (
                by_above * across[i - 1, j - 1] + by_before * down[i - 1, j - 1]
            )
            out[UP_RIGHT, place] = alpha * (
                by_above * across[i - 1, j] + by_after * down[i - 1, j + 1]
            )
            out[DIAGONAL, place] = degree[i, j] - (
                by_above * above + by_below * below + by_before * before + by_after * after
            )


def couplings_of(graph: PixelGraph, alpha: float, fronts: NDArray[np.int64]) -> Values:
    """Return the couplings of a graph of four neighbours, (5, values)."""
    across, down = graph.weights
    out = np.zeros((5, values(fronts)))
    couple(
        np.pad(graph.degree, FRAME, constant_values=1.0),
        np.pad(across, ((FRAME, FRAME), (FRAME, FRAME + 1))),
        np.pad(down, ((FRAME, FRAME + 1), (FRAME, FRAME))),
        alpha, origins(fronts, 1)[0], out,
    )  # fmt: skip
    return out
