"""Products with alpha Wn between the two colours of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


@kernel
def to_even(odd: Values, edges: Values, out: Values, start: int, stop: int) -> None:
    """Set the even pixels to alpha Wn times the odd ones."""
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
    scale: float,
    base: Values,
    out: Values,
    start: int,
    stop: int,
) -> None:
    """Set the odd pixels to base + scale alpha Wn even; out and base must not be the same."""
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
                out[i, k, m] = base[i, k, m] + scale * out[i, k, m]


@kernel
def product(
    direction: Values, edges: Values, image: Values, dots: Values, start: int, stop: int
) -> None:
    """Set image to the odd pixels' matrix times direction; dots are direction . image of rows.

    The even pixels between are computed row by row and forgotten: they never leave the cache.
    """
    height, columns, half = direction.shape[0] - 2, direction.shape[1], direction.shape[2] - 2
    up, down, left, right = edges[0], edges[1], edges[2], edges[3]
    even = np.zeros((3, columns, half + 2), direction.dtype)
    for below in range(start, stop + 2):
        if 1 <= below <= height:
            shift = -1 if below % 2 == 1 else 0
            for k in range(columns):
                for m in range(1, half + 1):
                    even[below % 3, k, m] = (
                        down[below - 1, m] * direction[below - 1, k, m]
                        + up[below + 1, m] * direction[below + 1, k, m]
                        + right[below, m + shift] * direction[below, k, m + shift]
                        + left[below, m + shift + 1] * direction[below, k, m + shift + 1]
                    )
        else:
            even[below % 3] = 0.0
        i = below - 1
        if i <= start:
            continue
        shift = 0 if i % 2 == 1 else -1
        before, same, after = even[(i - 1) % 3], even[i % 3], even[below % 3]
        for k in range(columns):
            for m in range(1, half + 1):
                image[i, k, m] = (
                    up[i, m] * before[k, m]
                    + down[i, m] * after[k, m]
                    + left[i, m] * same[k, m + shift]
                    + right[i, m] * same[k, m + shift + 1]
                )
            dot = direction.dtype.type(0.0)
            # A loop of its own: the compiler gives up vectorising one with more operands.
            for m in range(1, half + 1):
                image[i, k, m] = direction[i, k, m] - image[i, k, m]
                dot += direction[i, k, m] * image[i, k, m]
            dots[k, i - 1] = dot
