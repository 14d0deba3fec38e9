"""Products with alpha Wn between the two colours, and the vector updates of the iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    dots: Values,
    start: int,
    stop: int,
) -> None:
    """Set the odd pixels to base + scale alpha Wn even; dots are base . out of each row."""
    columns, half = out.shape[1], out.shape[2] - 2
    up, down, left, right = edges[0], edges[1], edges[2], edges[3]
    for i in range(start + 1, stop + 1):
        shift = 0 if i % 2 == 1 else -1
        for k in range(columns):
            dot = out.dtype.type(0.0)
            for m in range(1, half + 1):
                value = base[i, k, m] + scale * (
                    up[i, m] * even[i - 1, k, m]
                    + down[i, m] * even[i + 1, k, m]
                    + left[i, m] * even[i, k, m + shift]
                    + right[i, m] * even[i, k, m + shift + 1]
                )
                out[i, k, m] = value
                dot += base[i, k, m] * value
            dots[i - 1, k] = dot


@kernel
def turn(direction: Values, z: Values, beta: Values, start: int, stop: int) -> None:
    """Set the direction to z + beta direction, with a beta for each column."""
    for i in range(start + 1, stop + 1):
        for k in range(z.shape[1]):
            factor = beta[k]
            for m in range(z.shape[2]):
                direction[i, k, m] = z[i, k, m] + factor * direction[i, k, m]


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
            dot = x.dtype.type(0.0)
            for m in range(x.shape[2]):
                x[i, k, m] += step * direction[i, k, m]
                value = residual[i, k, m] - step * image[i, k, m]
                residual[i, k, m] = value
                dot += value * value
            dots[i - 1, k] = dot


@kernel
def restrict_even(
    even: Values, injection: Values, centre: Values, out: Values, start: int, stop: int
) -> None:
    """Gather the even pixels on the coarse grid: its own points, and the cell centres."""
    columns, width = out.shape[1], out.shape[2] - 2
    for i in range(start + 1, stop + 1):
        fine = 2 * i - 1
        for k in range(columns):
            for m in range(1, width + 1):
                out[i, k, m] = (
                    injection[i, m] * even[fine, k, m]
                    + centre[0, i, m] * even[fine + 1, k, m]
                    + centre[1, i, m - 1] * even[fine + 1, k, m - 1]
                )
            if i > 1:
                for m in range(1, width + 1):
                    out[i, k, m] += (
                        centre[2, i - 1, m] * even[fine - 1, k, m]
                        + centre[3, i - 1, m - 1] * even[fine - 1, k, m - 1]
                    )


@kernel
def prolong_even(
    coarse: Values, injection: Values, centre: Values, out: Values, start: int, stop: int
) -> None:
    """Interpolate from the coarse grid to the even pixels; the transpose of restriction."""
    columns, width = coarse.shape[1], coarse.shape[2] - 2
    last = out.shape[0] - 2
    for i in range(start + 1, stop + 1):
        fine = 2 * i - 1
        for k in range(columns):
            for m in range(1, width + 1):
                out[fine, k, m] = injection[i, m] * coarse[i, k, m]
            if fine < last:
                for m in range(1, width + 1):
                    out[fine + 1, k, m] = (
                        centre[0, i, m] * coarse[i, k, m]
                        + centre[1, i, m] * coarse[i, k, m + 1]
                        + centre[2, i, m] * coarse[i + 1, k, m]
                        + centre[3, i, m] * coarse[i + 1, k, m + 1]
                    )
