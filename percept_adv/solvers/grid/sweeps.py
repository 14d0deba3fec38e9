"""Products with alpha Wn between the two colours, and the vector updates of the iteration."""

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


@kernel
def turn(direction: Values, z: Values, beta: Values, start: int, stop: int) -> None:
    """Set the direction to z + beta direction, with a beta for each column."""
    for i in range(start + 1, stop + 1):
        for k in range(z.shape[1]):
            factor = beta[k]
            for m in range(z.shape[2]):
                direction[i, k, m] = z[i, k, m] + factor * direction[i, k, m]


@kernel
def turn_scaled(
    direction: Values, residual: Values, scale: Values, beta: Values, start: int, stop: int
) -> None:
    """Set the direction to scale residual + beta direction, with a scale for each pixel."""
    for i in range(start + 1, stop + 1):
        for k in range(residual.shape[1]):
            factor = beta[k]
            for m in range(residual.shape[2]):
                direction[i, k, m] = scale[i, m] * residual[i, k, m] + factor * direction[i, k, m]


@kernel
def advance(
    x: Values,
    residual: Values,
    direction: Values,
    image: Values,
    length: Values,
    dots: Values,
    start: int,
    stop: int,
) -> None:
    """Step along the direction; dots are residual . residual of each row afterwards."""
    for i in range(start + 1, stop + 1):
        for k in range(x.shape[1]):
            step = length[k]
            for m in range(x.shape[2]):
                x[i, k, m] += step * direction[i, k, m]
            for m in range(x.shape[2]):
                residual[i, k, m] -= step * image[i, k, m]
            dot = x.dtype.type(0.0)
            for m in range(x.shape[2]):
                dot += residual[i, k, m] * residual[i, k, m]
            dots[k, i - 1] = dot


@kernel
def settle(x: Values, correction: Values, start: int, stop: int) -> None:
    """Add the correction to x and set it to zero."""
    for i in range(start + 1, stop + 1):
        for k in range(x.shape[1]):
            for m in range(x.shape[2]):
                x[i, k, m] += correction[i, k, m]
            for m in range(x.shape[2]):
                correction[i, k, m] = 0.0


@kernel
def leave(total: Values, x: Values, residual: Values, dots: Values, start: int, stop: int) -> None:
    """Set the residual to total - x; dots are its squared norms by row, before rounding."""
    for i in range(start + 1, stop + 1):
        for k in range(x.shape[1]):
            dot = 0.0
            for m in range(x.shape[2]):
                rest = total[i, k, m] - x[i, k, m]
                residual[i, k, m] = rest
                dot += rest * rest
            dots[k, i - 1] = dot


@kernel
def jacobi(residual: Values, smoothing: Values, z: Values, start: int, stop: int) -> None:
    """Set z to a damped Jacobi step from zero."""
    for i in range(start + 1, stop + 1):
        for k in range(z.shape[1]):
            for m in range(z.shape[2]):
                z[i, k, m] = smoothing[i, m] * residual[i, k, m]


@kernel
def relax(rest: Values, smoothing: Values, z: Values, start: int, stop: int) -> None:
    """Add a damped Jacobi step to z."""
    for i in range(start + 1, stop + 1):
        for k in range(z.shape[1]):
            for m in range(z.shape[2]):
                z[i, k, m] += smoothing[i, m] * rest[i, k, m]


@kernel
def subtract(out: Values, other: Values, start: int, stop: int) -> None:
    """Subtract one array from another."""
    for i in range(start + 1, stop + 1):
        for k in range(out.shape[1]):
            for m in range(out.shape[2]):
                out[i, k, m] -= other[i, k, m]


@kernel
def restrict_odd(rest: Values, aggregate: Values, weight: Values, coarse: Values) -> None:
    """Add the odd pixels up by aggregate; coarse is (blocks, n, 4)."""
    half = rest.shape[2] - 2
    coarse[:] = 0.0
    for i in range(rest.shape[0] - 2):
        for m in range(half):
            target = aggregate[i * half + m]
            if target >= 0:
                share = weight[i * half + m]
                for k in range(rest.shape[1]):
                    coarse[k // 4, target, k % 4] += share * rest[i + 1, k, m + 1]


@kernel
def prolong_odd(
    coarse: Values, aggregate: Values, weight: Values, z: Values, start: int, stop: int
) -> None:
    """Add each odd pixel's share of its aggregate to z."""
    half = z.shape[2] - 2
    for i in range(start, stop):
        for k in range(z.shape[1]):
            values = coarse[k // 4, :, k % 4]
            for m in range(half):
                source = aggregate[i * half + m]
                if source >= 0:
                    z[i + 1, k, m + 1] += weight[i * half + m] * values[source]


@kernel
def row_dots(one: Values, other: Values, dots: Values, start: int, stop: int) -> None:
    """Set dots to the inner products of the rows."""
    for i in range(start + 1, stop + 1):
        for k in range(one.shape[1]):
            dot = one.dtype.type(0.0)
            for m in range(one.shape[2]):
                dot += one[i, k, m] * other[i, k, m]
            dots[k, i - 1] = dot


@kernel
def scaled_row_dots(values: Values, scale: Values, dots: Values, start: int, stop: int) -> None:
    """Set dots to the rows' sums of scale values^2, with a scale for each pixel."""
    for i in range(start + 1, stop + 1):
        for k in range(values.shape[1]):
            dot = values.dtype.type(0.0)
            for m in range(values.shape[2]):
                dot += scale[i, m] * values[i, k, m] * values[i, k, m]
            dots[k, i - 1] = dot
