"""Modified incomplete factorisation of the odd pixels' matrix.

S is approximated by M = (P - L) P^-1 (P - L^T), L the negative of S below its diagonal.
The pivots P are those of elimination that adds what would fill in to the diagonal of the
same row, so that M and S have the same row sums: on the constant vector, on which S is
smallest, M is exact (Gustafsson, "A class of first order factorization methods", BIT 18,
1978). S being a diagonally dominant M-matrix the pivots are positive.

Stored is what sweeps need of the scaled matrix P^-1/2 S P^-1/2 = 2 I - E - F - F^T: F,
strictly before the diagonal, and E.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from percept_adv.solvers.grid.compilation import inlined, kernel
from percept_adv.solvers.grid.coupling import DIAGONAL, couplings_of
from percept_adv.solvers.grid.wavefronts import (
    BORDER,
    COUNT,
    FIRST,
    PLACE,
    REACH,
    first_front,
    odd_fronts,
    origins,
    values,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pixel_graph import PixelGraph
    from percept_adv.solvers.grid.compilation import Values

# Smaller entries, beside a diagonal of at least 1, are nothing, and slow when denormal.
NEGLIGIBLE = 1e-18


class Factorisation(NamedTuple):
    """What sweeps need, in the precision of the iteration.

    Attributes
    ----------
    fronts
        The table of the odd pixels' fronts.
    factor
        F and E, (5, values), laid out like the couplings.
    root
        (P / D)^1/2 in fronts, (values,); 1 where there is no pixel. The residual of the
        scaled matrix is that of L_alpha, times 1 - alpha, over the root.
    inverse_root
        Its reciprocal in rows, (H + 2, half + 2); 0 where there is no pixel.
    """

    fronts: NDArray[np.int64]
    factor: NDArray[np.floating]
    root: NDArray[np.floating]
    inverse_root: NDArray[np.floating]


def factorise(graph: PixelGraph, alpha: float, precision: type) -> Factorisation:
    """Factorise the odd pixels' matrix of a graph of four neighbours."""
    fronts = odd_fronts(graph.shape)
    couplings, pivots = couplings_of(graph, alpha, fronts), np.zeros(values(fronts))
    eliminate(couplings, fronts, pivots)
    height, width = graph.shape
    parts = Factorisation(
        fronts,
        np.zeros(couplings.shape, precision),
        np.ones(pivots.shape, precision),
        np.zeros((height + 2, (width + 1) // 2 + 2), precision),
    )
    scale(couplings, pivots, fronts, parts.factor)
    take_roots(pivots, graph.degree, origins(fronts, 1)[0], parts.root, parts.inverse_root)
    return parts


@kernel
def eliminate(couplings: Values, fronts: Values, pivots: Values) -> None:
    """Add the pivots P to ``pivots``, which holds zeros."""
    for front in range(REACH, fronts.shape[1] - REACH - 1):
        here = fronts[PLACE, front] + BORDER
        next_, second, third = _shifts(fronts, front, 1)
        for step in range(fronts[COUNT, front]):
            i = fronts[FIRST, front] + step
            pivots[here + step] += couplings[DIAGONAL, here + step]
            later = (next_ + i + 1, next_ + i, second + i + 1, third + i + 2)
            total = 0.0
            for way in range(4):
                total += couplings[way, later[way]]
            for way in range(4):
                coupling = couplings[way, later[way]]
                if coupling > 0.0:
                    # What it takes from its own diagonal, and the fill beside it.
                    pivots[later[way]] -= coupling / pivots[here + step] * total


@kernel
def scale(couplings: Values, pivots: Values, fronts: Values, factor: Values) -> None:
    """Set F and E."""
    for front in range(REACH, fronts.shape[1] - REACH - 1):
        here = fronts[PLACE, front] + BORDER
        last, second, third = _shifts(fronts, front, -1)
        for step in range(fronts[COUNT, front]):
            i = fronts[FIRST, front] + step
            place, pivot = here + step, np.sqrt(pivots[here + step])
            earlier = (last + i - 1, last + i, second + i - 1, third + i - 2)
            for way in range(4):
                coupling = couplings[way, place]
                if coupling > 0.0:
                    entry = coupling / pivot / np.sqrt(pivots[earlier[way]])
                    factor[way, place] = entry if entry > NEGLIGIBLE else 0.0
            factor[DIAGONAL, place] = 2.0 - couplings[DIAGONAL, place] / pivots[place]


@kernel
def take_roots(
    pivots: Values, degree: Values, places: Values, root: Values, inverse: Values
) -> None:
    """Set (P / D)^1/2 in fronts and its reciprocal in rows."""
    width = degree.shape[1]
    for i in range(degree.shape[0]):
        front = first_front(i)
        for m in range((width + i % 2) // 2):
            place = places[front + np.uint64(m)] + np.uint64(i)
            value = np.sqrt(pivots[place] / degree[i, (i + 1) % 2 + 2 * m])
            root[place] = value
            inverse[i + 1, m + 1] = 1.0 / value


@inlined
def _shifts(fronts: Values, front: int, way: int) -> tuple[int, int, int]:
    """Return where row 0 would be on the three fronts after (1) or before (-1) this one."""
    near, middle, far = front + way, front + 2 * way, front + 3 * way
    return (
        fronts[PLACE, near] + BORDER - fronts[FIRST, near],
        fronts[PLACE, middle] + BORDER - fronts[FIRST, middle],
        fronts[PLACE, far] + BORDER - fronts[FIRST, far],
    )
