"""2^t for t <= 0, in the two precisions, in a form that compilers turn into vector code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.polynomial import Chebyshev, Polynomial

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def _coefficients(degree: int) -> NDArray[np.float64]:
    """Return the polynomial, lowest power first, that interpolates 2^t on [-1/2, 1/2]."""
    fit = Chebyshev.interpolate(np.exp2, degree, domain=[-0.5, 0.5])
    return np.asarray(fit.convert(kind=Polynomial).coef, dtype=np.float64)


# Relative errors of 3e-6 and 3e-16.
_A0, _A1, _A2, _A3, _A4 = _coefficients(4).astype(np.float32)
_B0, _B1, _B2, _B3, _B4, _B5, _B6, _B7, _B8, _B9, _B10 = _coefficients(10)
# Adding these rounds to an integer and leaves it in the lowest bits of the sum.
_ROUND_32, _ROUND_64 = np.float32(1.5 * 2**23), np.float64(1.5 * 2**52)
# Below, the result stands for 0; it must stay a normal number for the exponent trick.
_LEAST_32, _LEAST_64 = np.float32(-125), np.float64(-1020)


def exp2(t: Any) -> Any:
    """Return 2^t for a float32 or float64 t <= 0; 2^-125 or 2^-1020 where it is less."""
    raise NotImplementedError(f"compiled code only, not for {t!r}")


@overload(exp2)
def _typed_exp2(t: Any) -> Callable[[Any], Any] | None:
    """Choose by precision: round, evaluate the fraction, add the integer to the exponent."""
    if t == types.float32:
        return _exp2_32
    if t == types.float64:
        return _exp2_64
    return None


def _exp2_32(t: Any) -> Any:
    t = t if t > _LEAST_32 else _LEAST_32
    shifted = np.float32(t + _ROUND_32)
    f = t - (shifted - _ROUND_32)
    mantissa = np.float32((((_A4 * f + _A3) * f + _A2) * f + _A1) * f + _A0)
    exponent = np.int32(shifted.view(np.int32) << np.int32(23))
    return np.int32(mantissa.view(np.int32) + exponent).view(np.float32)


def _exp2_64(t: Any) -> Any:
    t = t if t > _LEAST_64 else _LEAST_64
    shifted = np.float64(t + _ROUND_64)
    f = t - (shifted - _ROUND_64)
    high = (((_B10 * f + _B9) * f + _B8) * f + _B7) * f + _B6
    low = ((((_B5 * f + _B4) * f + _B3) * f + _B2) * f + _B1) * f + _B0
    mantissa = np.float64(high * (f * f * f) * (f * f * f) + low)
    exponent = np.int64(shifted.view(np.int64) << np.int64(52))
    return np.int64(mantissa.view(np.int64) + exponent).view(np.float64)
