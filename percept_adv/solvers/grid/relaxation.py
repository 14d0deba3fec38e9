"""The pieces of a multigrid cycle on the odd pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values


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
