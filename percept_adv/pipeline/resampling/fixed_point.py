"""A resize of 8-bit samples in fixed point: one pass for each axis, 8 bits after each.

PyTorch's rule for tensors of bytes, after Pillow-SIMD: weights of 16 bits at the largest
precision that holds them, half added before the shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST, _MOST_BITS = 1 << 15, 22


def resize_bytes(
    image: NDArray[np.uint8], rows: sparse.csr_array, columns: sparse.csr_array
) -> NDArray[np.uint8]:
    """Return (h, w, C) of an image (H, W, C): its columns first, then its rows."""
    wide = image
    if columns.shape[0] != columns.shape[1]:
        wide = np.moveaxis(_pass(columns, np.moveaxis(image, 1, 0)), 0, 1)
    return wide if rows.shape[0] == rows.shape[1] else _pass(rows, wide)


def _pass(matrix: sparse.csr_array, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Multiply along the first axis, round and clip."""
    largest = float(matrix.max())
    bits = 0
    while bits < _MOST_BITS and int(0.5 + largest * (1 << (bits + 1))) < _LARGEST:
        bits += 1
    scaled = matrix.data.astype(np.float64) * (1 << bits)
    weights = np.trunc(scaled + np.copysign(0.5, scaled)).astype(np.int32)
    whole = sparse.csr_array((weights, matrix.indices, matrix.indptr), shape=matrix.shape)
    flat = np.ascontiguousarray(image).reshape(len(image), -1).astype(np.int32)
    summed = (whole @ flat + (1 << (bits - 1))) >> bits
    levels: NDArray[np.uint8] = np.clip(summed, 0, 255).astype(np.uint8)
    return levels.reshape(-1, *image.shape[1:])
