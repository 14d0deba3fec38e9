"""Centre square and antialiased bicubic interpolation: what the classifiers are fed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resize_to(pixels: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Crop the largest centred part of the wanted proportions, then resize it.

    Parameters
    ----------
    pixels
        ``(H, W)`` or ``(H, W, C)``, floats in [0, 1].
    height, width
        The wanted size in pixels; equal for a centre square.

    Returns
    -------
    ndarray
        The dtype of ``pixels``, in [0, 1]: overshoot of the cubic is clipped. An image
        that has the size already is returned as it is. Values are interpolated in
        float32 by Keys' cubic (a = -1/2), whose support grows with the reduction.

    Raises
    ------
    ParameterError
        If a side is below one pixel.

    Examples
    --------
    >>> from percept_adv.images import resize_to
    >>> resize_to(np.zeros((300, 400, 3)), 224, 224).shape
    (224, 224, 3)
    """
    if min(height, width) < 1:
        raise ParameterError(f"the size is {height} x {width}: give at least one pixel a side")
    if pixels.shape[:2] == (height, width):
        return pixels
    cropped = _centre(pixels, height / width)
    channels = cropped[:, :, None] if cropped.ndim == 2 else cropped
    resized = [
        Pillow.fromarray(np.ascontiguousarray(channels[:, :, c], dtype=np.float32)).resize(
            (width, height), Pillow.Resampling.BICUBIC
        )
        for c in range(channels.shape[2])
    ]
    stacked = np.stack([np.asarray(channel) for channel in resized], axis=-1)
    shape = (height, width, *pixels.shape[2:])
    clipped: NDArray[Any] = np.clip(stacked, 0, 1).astype(pixels.dtype)
    return clipped.reshape(shape)


def _centre(pixels: NDArray[Any], proportion: float) -> NDArray[Any]:
    """Crop to height / width = ``proportion``, keeping as much as possible."""
    height, width = pixels.shape[:2]
    rows = min(height, max(1, round(width * proportion)))
    columns = min(width, max(1, round(height / proportion)))
    top, left = (height - rows) // 2, (width - columns) // 2
    return pixels[top : top + rows, left : left + columns]
