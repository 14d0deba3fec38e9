"""Products with alpha Wn between the two colours of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.solvers.grid.compilation import kernel
from percept_adv.solvers.grid.overlap import arrays_are_apart

if TYPE_CHECKING:
    from percept_adv.solvers.grid.compilation import Values


@kernel
def to_even(odd: Values, edges: Values, out: Values, start: int, stop: int) -> None:
    """Set the even pixels to alpha Wn times the odd ones."""
    arrays_are_apart()
    columns, half = out.shape[1], out.shape[2] - 2
    up, down, left, right = edges[0], edges[1], edges[2], edges[3]
    for i in range(start + 1, stop + 1):
        shift = -1 if i % 2 == 1 else 0
        for k in range(columns):
            for m in range(1, half + 1):
                out[i, k, m] = (
                    down[i - 1, m] * odd[i - 1, k, m]
                    + up[i + 1, m] * odd[i + 1, k, m]
                    + right[i, m + shift] * odd[i, k, m + shift]
                    + left[i, m + shift + 1] * odd[i, k, m + shift + 1]
                )


@kernel
def to_odd(
    even: Values,
    edges: Values,
    base: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Set the odd pixels to base + alpha Wn even; out and base must not be the same."""
    arrays_are_apart()
    columns, half = out.shape[1], out.shape[2] - 2
    up, down, left, right = edges[0], edges[1], edges[2], edges[3]
    for i in range(start + 1, stop + 1):
        shift = 0 if i % 2 == 1 else -1
        for k in range(columns):
            for m in range(1, half + 1):
                out[i, k, m] = (
                    up[i, m] * even[i - 1, k, m]
                    + down[i, m] * even[i + 1, k, m]
                    + left[i, m] * even[i, k, m + shift]
                    + right[i, m] * even[i, k, m + shift + 1]
                )
            # A loop of its own: the compiler gives up vectorising one with more operands.
            for m in range(1, half + 1):
                out[i, k, m] = base[i, k, m] + out[i, k, m]
