"""Sums over the rows of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.solvers.grid.compilation import kernel

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values


def squares(values: Values, dots: Values, start: int, stop: int) -> None:
    """Set dots, (K, H), to the sums of the squares of each row."""
    rows = values[start + 1 : stop + 1]
    np.einsum("ikm,ikm->ki", rows, rows, out=dots[:, start:stop])


@kernel
def distances(one: Values, other: Values, dots: Values, start: int, stop: int) -> None:
    """Set dots, (K, H), to the sums of the squares of one - other of each row."""
    for i in range(start + 1, stop + 1):
        for k in range(one.shape[1]):
            dot = 0.0
            for m in range(one.shape[2]):
                rest = one[i, k, m] - other[i, k, m]
                dot += rest * rest
            dots[k, i - 1] = dot
