"""Sample values: checks, and the one rule of rounding to 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from percept_adv.errors import ImageError, ShapeError

Level = TypeVar("Level", np.uint8, np.uint16)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray


def as_array(values: Any, what: str, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Return an array, or say that there is none in what was given, such as rows of two lengths.

    Parameters
    ----------
    values
        An array, a picture of Pillow, nested lists or whatever NumPy makes an array of.
    what
        How an error message names it.
    dtype
        Of the result; by default what NumPy chooses.

    Returns
    -------
    ndarray
        The argument itself where it is that already.

    Raises
    ------
    ImageError
        If NumPy makes no array of it.

    Examples
    --------
    >>> from percept_adv.images import as_array
    >>> as_array([[0, 1]], "the image").shape
    (1, 2)
    """
    try:
        return np.asarray(values, dtype)
    except (TypeError, ValueError) as error:
        kind = type(values).__name__
        raise ImageError(
            f"no array can be made of {what}, of type {kind}: give numbers in rows of one length"
        ) from error


def checked_image(image: NDArray[Any], *, what: str = "the image") -> NDArray[Any]:
    """Return ``image`` as float32 or float64 after checking shape and values.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, C)``, real numbers; float32 stays float32, all else
        becomes float64. The range is not checked: perturbations pass too.
    what
        How an error message names the array.

    Returns
    -------
    ndarray
        float32 or float64, the array itself where it is that already.

    Raises
    ------
    ShapeError
        For another number of dimensions, or an empty array.
    ImageError
        For NaN, Inf, or values that are no real numbers.

    Examples
    --------
    >>> from percept_adv.images import checked_image
    >>> checked_image([[0, 1], [2, 3]]).dtype
    dtype('float64')
    """
    array = as_array(image, what)
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

    Parameters
    ----------
    pixels
        Floats of any shape, or uint8.

    Returns
    -------
    ndarray of uint8
        The shape of ``pixels``; halves go to the even level.

    Raises
    ------
    ImageError
        For NaN, Inf, or other integers.

    Examples
    --------
    >>> from percept_adv.images import to_uint8
    >>> to_uint8(np.array([-0.1, 0.0, 0.5, 1.0]))
    array([  0,   0, 128, 255], dtype=uint8)
    """
    return _to_levels(pixels, np.uint8)


def to_uint16(pixels: NDArray[Any]) -> NDArray[np.uint16]:
    """Round values in [0, 1] to the nearest of 65536 levels; uint16 passes unchanged.

    Parameters
    ----------
    pixels
        Floats of any shape, or uint16.

    Returns
    -------
    ndarray of uint16
        The shape of ``pixels``; halves go to the even level.

    Raises
    ------
    ImageError
        For NaN, Inf, or other integers.

    Examples
    --------
    >>> from percept_adv.images import to_uint16
    >>> to_uint16(np.array([0.0, 0.5, 1.0]))
    array([    0, 32768, 65535], dtype=uint16)
    """
    return _to_levels(pixels, np.uint16)


def _to_levels(pixels: NDArray[Any], kind: type[Level]) -> NDArray[Level]:
    """Round to the levels of an integer type."""
    if pixels.dtype == kind:
        return pixels
    bits = 8 * np.dtype(kind).itemsize
    if pixels.dtype.kind != "f":
        raise ImageError(f"values of type {pixels.dtype}: expected floats in [0, 1] or uint{bits}")
    if not np.isfinite(pixels).all():
        raise ImageError(f"NaN or infinite values cannot be stored in {bits} bits: replace them")
    levels: NDArray[Any] = np.clip(pixels, 0, 1)
    levels *= np.iinfo(kind).max
    np.rint(levels, out=levels)
    return levels.astype(kind)


def from_uint8(samples: NDArray[np.uint8], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Divide 8-bit samples by 255.

    Parameters
    ----------
    samples
        uint8, of any shape.
    dtype
        ``np.float64`` or ``np.float32``.

    Returns
    -------
    ndarray
        The shape of ``samples``, in [0, 1].

    Examples
    --------
    >>> from percept_adv.images import from_uint8
    >>> from_uint8(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ])
    """
    floats = samples.astype(dtype)
    floats /= 255
    return floats
