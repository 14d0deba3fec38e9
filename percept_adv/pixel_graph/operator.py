"""The weighted pixel graph and its matrices (eq. 6, 7).

Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf. Security 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

Window = tuple[slice, slice]


def edge_ends(shape: tuple[int, int], offset: tuple[int, int]) -> tuple[Window, Window]:
    """Return the windows of an (H, W) array that hold the two ends of each edge.

    The windows are empty where the image is smaller than the offset.

    Parameters
    ----------
    shape
        (H, W).
    offset
        (down, right) with down >= 0; right may be negative.

    Returns
    -------
    tuple
        The upper (or left) ends, and the lower (or right) ones, each as two slices.

    Examples
    --------
    >>> from percept_adv.pixel_graph import edge_ends
    >>> edge_ends((4, 4), (0, 1))
    ((slice(0, 4, None), slice(0, 3, None)), (slice(0, 4, None), slice(1, 4, None)))
    """
    (height, width), (down, right) = shape, offset
    rows, columns = max(height - down, 0), max(width - abs(right), 0)
    left_near, left_far = max(-right, 0), max(right, 0)
    near = (slice(0, rows), slice(left_near, left_near + columns))
    far = (slice(down, down + rows), slice(left_far, left_far + columns))
    return near, far


@dataclass(frozen=True)
class PixelGraph:
    """Edges between pixels, each stored once.

    Attributes
    ----------
    shape
        (H, W) of the image.
    offsets
        Offset (down, right) of each family of edges.
    weights
        For each offset, the weights as an array over the edges' upper (or left) ends.
    """

    shape: tuple[int, int]
    offsets: tuple[tuple[int, int], ...]
    weights: tuple[NDArray[np.float64], ...]

    @property
    def size(self) -> int:
        """Number of pixels."""
        return self.shape[0] * self.shape[1]

    @cached_property
    def degree(self) -> NDArray[np.float64]:
        """Sum of each pixel's weights, (H, W); 1 for a pixel without edges.

        A degree of 1 with no edges makes the row of Wn zero, as it has to be, without a
        special case anywhere else.
        """
        degree = np.zeros(self.shape)
        for offset, weight in zip(self.offsets, self.weights, strict=True):
            near, far = edge_ends(self.shape, offset)
            degree[near] += weight
            degree[far] += weight
        degree[degree == 0.0] = 1.0
        return degree

    def normalised_weights(self) -> tuple[NDArray[np.float64], ...]:
        """Return the entries of Wn = D^-1/2 W D^-1/2, in [0, 1], laid out like ``weights``."""
        scale = 1.0 / np.sqrt(self.degree)
        normalised = []
        for offset, weight in zip(self.offsets, self.weights, strict=True):
            near, far = edge_ends(self.shape, offset)
            normalised.append(weight * scale[near] * scale[far])
        return tuple(normalised)

    def normalised_matrix(self) -> csr_array:
        """Return Wn as a sparse matrix, n x n, pixels in row-major order."""
        return self._symmetric_matrix(self.normalised_weights(), np.zeros(self.shape))

    def m_matrix(self, alpha: float) -> csr_array:
        """Return A = D - alpha W, so that L_alpha = D^-1/2 A D^-1/2 / (1 - alpha).

        Parameters
        ----------
        alpha
            In [0, 1).

        Returns
        -------
        sparse array
            n x n, pixels in row-major order.
        """
        return self._symmetric_matrix(tuple(-alpha * w for w in self.weights), self.degree)

    def _symmetric_matrix(
        self, edges: tuple[NDArray[np.float64], ...], diagonal: NDArray[np.float64]
    ) -> csr_array:
        """Assemble a symmetric matrix from its edges and its diagonal."""
        index = np.arange(self.size, dtype=np.int32).reshape(self.shape)
        rows, columns, values = [index.ravel()], [index.ravel()], [diagonal.ravel()]
        for offset, edge in zip(self.offsets, edges, strict=True):
            near, far = edge_ends(self.shape, offset)
            for one, other in ((near, far), (far, near)):
                rows.append(index[one].ravel())
                columns.append(index[other].ravel())
                values.append(edge.ravel())
        entries = (np.concatenate(rows), np.concatenate(columns))
        shape = (self.size, self.size)
        matrix = scipy.sparse.coo_array((np.concatenate(values), entries), shape=shape)
        return matrix.tocsr()
