"""The vector updates of the iteration, and its inner products, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


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
