"""The one rule for arrays of images, whoever takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ShapeError
from percept_adv.images import as_array, from_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = tuple[int | None, int | None, int]
"""Height and width, None where any will do, and channels."""


def check_batch(images: NDArray[Any], shape: Shape, name: str) -> NDArray[np.float32]:
    """Return images as (N, H, W, C) float32 in [0, 1].

    8-bit integers are divided by 255. Channels may be left out where there is one, and images
    of a fixed size may be flat, (N, H W C).

    Parameters
    ----------
    images
        A batch.
    shape
        What is taken.
    name
        Of the model, for messages.

    Raises
    ------
    ShapeError
        If they are no batch of that shape.
    ImageError
        If they are integers of another type, or a value is NaN, infinite or outside [0, 1].
    """
    array = as_array(images, "images")
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise ImageError(
            f"images are of type {array.dtype}: give floats in [0, 1], or uint8 from 0 to 255"
        )
    if array.dtype == np.uint8:
        array = from_uint8(array, np.float32)
    array = array.astype(np.float32, copy=False)
    # The extremes are NaN if any value is.
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise ImageError(
            f"images go from {array.min():.4g} to {array.max():.4g}: give finite values in [0, 1]"
            + ("; divide by 255, or give uint8" if array.max() > 2 else "")
        )
    return _as_batch(array, shape, name)


def _as_batch(array: NDArray[np.float32], shape: Shape, name: str) -> NDArray[np.float32]:
    height, width, channels = shape
    given = array.shape
    if array.ndim == 2 and height is not None and width is not None:
        if array.shape[1] == height * width * channels:
            return array.reshape(-1, height, width, channels)
    elif array.ndim == 3 and channels == 1:
        array = array[..., np.newaxis]
    fits = array.ndim == 4 and all(
        wanted in (None, got) for wanted, got in zip(shape, array.shape[1:], strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ShapeError(
            f"images have the shape {given}: {name} takes a batch (N, {wanted})"
            + (
                "; put an axis in front of a single image (image[None])"
                if array.ndim == 3 and array.shape[2] == channels
                else ""
            )
        )
    return array
