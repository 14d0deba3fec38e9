"""Refusal of unusable arguments."""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ParameterError, ShapeError
from percept_adv.images import as_array

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray


def check_number(name: str, value: Any, allowed: Callable[[Any], bool], wanted: str) -> None:
    """Refuse a parameter that is no finite number or not an allowed one."""
    if not isinstance(value, Real) or not isfinite(value) or not allowed(value):
        raise ParameterError(f"{name} is {value!r}: give {wanted}")


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Refuse a name that is not among the choices."""
    if value not in choices:
        raise ParameterError(f"{name} is {value!r}: choose one of {', '.join(sorted(choices))}")


def finite_floats(values: Any, name: str) -> NDArray[np.floating]:
    """Return the argument as an array of finite floating-point values."""
    array = as_array(values, name)
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(
            f"{name} has dtype {array.dtype}: give floats (8-bit images divided by 255)"
        )
    if array.size == 0:
        raise ShapeError(f"{name} has shape {array.shape}: give at least one pixel")
    # A sum costs one pass and no memory; only where it overflows is a closer look needed.
    if not np.isfinite(array.sum(dtype=np.float64)) and not np.isfinite(array).all():
        raise ImageError(f"{name} holds NaN or infinite values: replace them first")
    return array


def checked_mask(mask: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where a mask is True or above 0, and refuse one of another size or of no pixel."""
    allowed: NDArray[np.bool_] = as_array(mask, "the mask", np.float32) > 0
    if allowed.shape != shape:
        raise ShapeError(f"the mask has the shape {allowed.shape}: give {shape}, that of the guide")
    if not allowed.any():
        raise ParameterError("the mask leaves no pixel to smooth: make some of it white")
    return allowed
