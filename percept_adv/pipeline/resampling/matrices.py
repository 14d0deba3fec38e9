"""A resize as a matrix for each axis, found by resizing an identity with the library itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import sparse

from percept_adv.pipeline.resampling.library import library_of

_BLOCK = 256
"""Columns of the identity that are resized together: a panorama's own would fill the memory."""


@lru_cache(maxsize=64)
def resize_matrix(
    size: int, wanted: int, library: str, name: str, *, antialias: bool, widens: bool
) -> sparse.csr_array:
    """Return the matrix (``wanted``, ``size``) by which a library resizes one axis.

    Parameters
    ----------
    size, wanted
        Length of the axis before and after, in pixels.
    library, name, antialias
        As for `check_resampling`.
    widens
        Whether the other axis is enlarged, which changes what OpenCV's ``area`` does.
    """
    if size == wanted:
        return sparse.csr_array(sparse.eye_array(size, dtype=np.float32, format="csr"))
    resize_columns = library_of(library).resize_columns
    blocks = []
    for start in range(0, size, _BLOCK):
        block = np.zeros((size, min(_BLOCK, size - start)), np.float32)
        block[start + np.arange(block.shape[1]), np.arange(block.shape[1])] = 1
        blocks.append(
            sparse.csr_array(
                resize_columns(block, wanted, name, antialias=antialias, widens=widens)
            )
        )
    return sparse.csr_array(sparse.hstack(blocks, format="csr", dtype=np.float32))
