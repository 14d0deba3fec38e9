"""Sample values: checks, and the one rule of rounding to 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray


def checked_image(image: NDArray[Any], *, what: str = "the image") -> NDArray[Any]:
    """Return ``image`` as float32 or float64 after checking shape and values.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, real numbers; float32 stays float32, all else
        becomes float64. The range is not checked: perturbations pass too.
    what
        How an error message names the array.

    Raises
    ------
    ShapeError
        For another number of dimensions, or an empty array.
    ImageError
        For NaN, Inf, or values that are no real numbers.
    """
    array = np.asarray(image)
    if array.ndim not in {2, 3} or array.size == 0:
        raise ShapeError(
            f"{what} has shape {array.shape}: expected (height, width) or "
            "(height, width, channels), none of them 0"
        )
    if array.dtype.kind not in "uif":
        raise ImageError(f"{what} has values of type {array.dtype}: expected real numbers")
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    # The extremes are NaN or infinite if any value is, and need no array of booleans.
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        bad = array.size - int(np.count_nonzero(np.isfinite(array)))
        raise ImageError(f"{what} has {bad} NaN or infinite values: replace them first")
    return array


def to_uint8(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Round values in [0, 1] to the nearest of 256 levels; uint8 passes unchanged.

    Values outside [0, 1] are clipped; NaN and Inf are refused with `ImageError`.
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind != "f":
        raise ImageError(f"values of type {pixels.dtype}: expected floats in [0, 1] or uint8")
    if not np.isfinite(pixels).all():
        raise ImageError("NaN or infinite values cannot be stored in 8 bits: replace them first")
    levels: NDArray[Any] = np.clip(pixels, 0, 1)
    levels *= 255
    np.rint(levels, out=levels)
    return levels.astype(np.uint8)


def from_uint8(samples: NDArray[np.uint8], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Divide 8-bit samples by 255."""
    floats = samples.astype(dtype)
    floats /= 255
    return floats
