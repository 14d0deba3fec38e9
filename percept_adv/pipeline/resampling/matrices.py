"""A resize as a matrix for each axis, found by resizing an identity with the library itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_BLOCK = 256
"""Columns of the identity that are resized together: a panorama's own would fill the memory."""


@lru_cache(maxsize=64)
def axis_matrix(
    size: int,
    wanted: int,
    resize_columns: Callable[..., NDArray[np.float32]],
    name: str,
    *,
    antialias: bool,
    widens: bool,
) -> sparse.csr_array:
    """Return the matrix (``wanted``, ``size``) by which a library resizes one axis.

    Parameters
    ----------
    size, wanted
        Length of the axis before and after, in pixels.
    resize_columns
        The library's; see `library.Library`.
    name, antialias
        The filter.
    widens
        Whether the other axis is enlarged, which changes what OpenCV's ``area`` does.
    """
    if size == wanted:
        return sparse.csr_array(sparse.eye_array(size, dtype=np.float32, format="csr"))
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
