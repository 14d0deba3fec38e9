"""Windows: a part of an image, or an image on a larger ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from percept_adv.pipeline.affine import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape

Window = tuple[int, int, int, int]
"""Top and left, which may lie outside, height and width."""


def cut(image: NDArray[Any], window: Window, fill: tuple[float, ...]) -> NDArray[Any]:
    """Return a window of an image (H, W, C); what lies outside gets the fill."""
    top, left, height, width = window
    shape = (height, width, image.shape[2])
    inside = [_overlap(top, height, image.shape[0]), _overlap(left, width, image.shape[1])]
    part = image[inside[0], inside[1]]
    if part.shape == shape:
        return part
    ground = np.empty(shape, image.dtype)
    ground[...] = _fill_values(fill, image.shape[2])
    y, x = inside[0].start - top, inside[1].start - left
    ground[y : y + part.shape[0], x : x + part.shape[1]] = part
    return ground


def cutting(shape: Shape, window: Window, fill: tuple[float, ...]) -> Affine:
    """Return `cut` as an affine map of images of a shape."""
    top, left, height, width = window
    rows, columns = _selection(shape[0], top, height), _selection(shape[1], left, width)
    map_ = Affine.of_axes(rows, columns, shape[2])
    if not any(fill):
        return map_
    seen = map_.forward(np.ones(shape, np.float32))
    ground = (1 - seen).astype(np.float64) * _fill_values(fill, shape[2])
    return Affine(rows, columns, map_.channels, ground)


def _overlap(start: int, length: int, size: int) -> slice:
    first = min(max(start, 0), size)
    return slice(first, min(max(start + length, first), size))


def _selection(size: int, start: int, length: int) -> sparse.csr_array:
    """Return the matrix (``length``, ``size``) that takes samples from ``start`` on."""
    return sparse.csr_array(sparse.eye_array(length, size, k=start, dtype=np.float32, format="csr"))


def _fill_values(fill: tuple[float, ...], channels: int) -> NDArray[np.float64]:
    """Return the fill of each channel; of grey images the first."""
    values = np.asarray(fill, np.float64)
    return np.broadcast_to(values if len(values) == channels else values[:1], (channels,))
