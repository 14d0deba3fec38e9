"""What every metric accepts: the checks, and the value ranges of the formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ShapeError
from percept_adv.images import as_array, checked_image, from_uint8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

# Float arithmetic on [0, 1] images leaves the interval by rounding; more is another range.
_ROUNDING = 1e-6

BAND_PIXELS = 2**16
"""Pixels that are computed with together."""

# Rec. 601 luma with the digits of the programs that the MAD paper's authors published.
_GREY_WEIGHTS = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])


def usable_image(image: ArrayLike, *, name: str) -> NDArray[Any]:
    """Return ``image`` as an array, or say why no metric can use it.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, 1) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    name : str
        What the error messages call the image.

    Returns
    -------
    ndarray, (H, W) or (H, W, 3)
        uint8, or floats in [0, 1].

    Raises
    ------
    ShapeError
        If the array is neither a grey nor an RGB image.
    ImageError
        If the values are neither 8-bit nor finite floats in [0, 1].
    """
    array = as_array(image, name)
    if array.dtype != np.uint8:
        array = checked_image(array, what=name)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.size == 0 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise ShapeError(
            f"{name} has the shape {array.shape}: give a grey image (H, W) or RGB (H, W, 3)"
        )
    return array if array.dtype == np.uint8 else _in_unit_interval(array, name)


def _in_unit_interval(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Refuse values outside [0, 1]; cut what rounding left outside."""
    low, high = float(array.min()), float(array.max())
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise ImageError(
            f"{name} has values from {low:g} to {high:g}: they must lie in [0, 1]; "
            "divide by the range, or give 8-bit values as uint8"
        )
    return np.clip(array, 0, 1) if low < 0 or high > 1 else array


def usable_pair(reference: ArrayLike, image: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both images checked, or say how their shapes differ.

    Raises
    ------
    ShapeError, ImageError
        See `usable_image`; ShapeError also if the two shapes differ.
    """
    first = usable_image(reference, name="the reference")
    second = usable_image(image, name="the image")
    if first.shape != second.shape:
        raise ShapeError(
            f"the image has the shape {second.shape} and the reference {first.shape}: "
            "bring both to one size and number of channels"
        )
    return first, second


def unit_values(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return a checked image as float64 in [0, 1]."""
    if array.dtype == np.uint8:
        return from_uint8(array)
    return array.astype(np.float64, copy=False)


def grey_levels(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return a checked image as float64 grey levels 0..255.

    Colour becomes ``floor(T . rgb + 0.5)``, as in the programs of the MAD paper's
    authors; grey floats keep their fractions.
    """
    return _levels_as(array, np.dtype(np.float64))


def compact_grey_levels(array: NDArray[Any]) -> NDArray[Any]:
    """Return the `grey_levels` of a checked image, those of 8 bits as uint8.

    They are whole numbers, and floats would take eight times the memory as long as they are kept.
    """
    return _levels_as(array, np.dtype(np.uint8 if array.dtype == np.uint8 else np.float64))


def _levels_as(array: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    levels = np.empty(array.shape[:2], kind)
    scale = 1.0 if array.dtype == np.uint8 else 255.0
    height = max(1, BAND_PIXELS // array.shape[1])
    for start in range(0, len(levels), height):
        rows = array[start : start + height].astype(np.float64)
        rows *= scale
        levels[start : start + height] = (
            np.floor(rows @ _GREY_WEIGHTS + 0.5) if rows.ndim == 3 else rows
        )
    return levels


def bands(
    reference: ArrayLike, image: ArrayLike, *, halo: int = 0
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield bands of rows of both images, checked, as float64 in [0, 1].

    Metrics of large images are computed band by band: whole images of floats, and what a
    formula makes of them, would take hundreds of bytes for each pixel.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    halo : int
        Rows that a band shares with its neighbours, so that windows of ``halo + 1`` rows
        that lie inside a band are each in one of them.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.
    """
    first, second = usable_pair(reference, image)
    height = max(1, BAND_PIXELS // first.shape[1])
    for start in range(0, max(first.shape[0] - halo, 1), height):
        rows = slice(start, start + height + halo)
        yield unit_values(first[rows]), unit_values(second[rows])


def luma_pair(
    reference: ArrayLike, image: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both images, checked, as float64 luma in [0, 1], not rounded."""
    shape = np.shape(reference)[:2]
    lumas = np.empty((2, *shape))
    start = 0
    for pair in bands(reference, image):
        stop = start + len(pair[0])
        for luma, band in zip(lumas, pair, strict=True):
            luma[start:stop] = band if band.ndim == 2 else band @ _GREY_WEIGHTS
        start = stop
    return lumas[0], lumas[1]


def require_side(shape: tuple[int, ...], smallest: int, *, metric: str) -> None:
    """Raise ShapeError if a side of the image is below ``smallest`` pixels."""
    if min(shape[:2]) < smallest:
        raise ShapeError(
            f"{metric} needs at least {smallest} x {smallest} pixels and the image has "
            f"{shape[0]} x {shape[1]}: enlarge it or use another metric"
        )
