"""Between the odd pixels as rows of a colour, in float64, and as fronts.

Row by row, as what lies in fronts changes with a row by one place only. Where a row ends
before the array does, 1 / root is 0 and the place is in the border of a front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.compilation import inlined
from percept_adv.solvers.grid.wavefronts import first_front

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values
    from percept_adv.solvers.grid.factorisation import Factorisation


@inlined
def take_rest(
    total: Values, x: Values, first: int, factorisation: Factorisation, places: Values,
    units: Values, r: Values,
) -> None:  # fmt: skip
    """Set r to (total - x) / root in units of each column, for those from ``first`` on."""
    scale = factorisation.inverse_root
    for i in range(total.shape[0] - 2):
        front, row = first_front(i), np.uint64(i)
        for k in range(units.size):
            share = 1.0 / units[k]
            for m in range(total.shape[2] - 2):
                rest = total[i + 1, first + k, m + 1] - x[i + 1, first + k, m + 1]
                r[places[k, front + np.uint64(m)] + row] = scale[i + 1, m + 1] * (share * rest)


@inlined
def add_solution(
    y: Values, x: Values, first: int, factorisation: Factorisation, places: Values, units: Values
) -> None:
    """Add y / root, in units of each column, to x for those from ``first`` on."""
    scale = factorisation.inverse_root
    for i in range(x.shape[0] - 2):
        front, row = first_front(i), np.uint64(i)
        for k in range(units.size):
            for m in range(x.shape[2] - 2):
                value = y[places[k, front + np.uint64(m)] + row]
                x[i + 1, first + k, m + 1] += units[k] * (scale[i + 1, m + 1] * value)
