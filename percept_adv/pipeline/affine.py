"""The affine form of a pipeline: a matrix for each axis, and what is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """The map x -> R x C^T of each channel, then M across channels, plus an offset.

    Attributes
    ----------
    rows, columns
        R (h, H) and C (w, W), sparse.
    channels
        M (c, C), dense.
    offset
        Added at the end; its shape broadcasts to (h, w, c).
    """

    rows: sparse.csr_array
    columns: sparse.csr_array
    channels: NDArray[np.float64]
    offset: NDArray[np.float64]

    @classmethod
    def identity(cls, shape: tuple[int, int, int]) -> Affine:
        """Return the map that leaves images of a shape (H, W, C) as they are.

        Parameters
        ----------
        shape
            (H, W, C).

        Returns
        -------
        Affine
            The identity.
        """
        return cls.of_axes(_eye(shape[0]), _eye(shape[1]), shape[2])

    @classmethod
    def of_axes(cls, rows: sparse.csr_array, columns: sparse.csr_array, channels: int) -> Affine:
        """Return the map of two matrices, channels and zero unchanged.

        Parameters
        ----------
        rows, columns
            R (h, H) and C (w, W), sparse.
        channels
            How many an image has.

        Returns
        -------
        Affine
            The map x -> R x C^T.
        """
        return cls(rows, columns, np.eye(channels), np.zeros((1, 1, channels)))

    @classmethod
    def of_samples(
        cls,
        shape: tuple[int, int, int],
        channels: NDArray[Any],
        offset: Iterable[float] | None = None,
    ) -> Affine:
        """Return the map of a matrix across channels (c, C), plus one number a channel (c,).

        Parameters
        ----------
        shape
            (H, W, C) of the images.
        channels
            M (c, C).
        offset
            One number for each of c channels; None for 0.

        Returns
        -------
        Affine
            The map x -> M x + offset at each pixel.
        """
        matrix = np.asarray(channels, np.float64)
        added = np.zeros(len(matrix))
        if offset is not None:
            added[:] = list(offset)
        return cls(_eye(shape[0]), _eye(shape[1]), matrix, added[np.newaxis, np.newaxis])

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape (H, W, C) that `forward` takes."""
        return self.rows.shape[1], self.columns.shape[1], self.channels.shape[1]

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """The shape (h, w, c) that `forward` gives."""
        return self.rows.shape[0], self.columns.shape[0], self.channels.shape[0]

    @property
    def seen(self) -> tuple[slice, slice]:
        """The rows and columns of the input outside which nothing counts, as of a crop."""
        rows, columns = (_reached(matrix) for matrix in (self.rows, self.columns))
        return rows, columns

    def forward(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the image (h, w, c) of an image (H, W, C).

        Parameters
        ----------
        image
            (H, W, C).

        Returns
        -------
        ndarray of float32
            (h, w, c).
        """
        return self._linear(image) + self.offset.astype(np.float32)

    def adjoint(self, gradient: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the gradient (H, W, C) by the image, from that (h, w, c) by its image.

        ``<forward(x) - forward(0), g> = <x, adjoint(g)>``.

        Parameters
        ----------
        gradient
            (h, w, c).

        Returns
        -------
        ndarray of float32
            (H, W, C).
        """
        transposed = Affine(
            sparse.csr_array(self.rows.T), sparse.csr_array(self.columns.T),
            np.ascontiguousarray(self.channels.T), np.zeros((1, 1, 1)),
        )  # fmt: skip
        return transposed._linear(gradient)

    def after(self, first: Affine) -> Affine:
        """Return the map that does ``first``, then this one.

        Parameters
        ----------
        first
            Its images have the shape that this one takes.

        Returns
        -------
        Affine
            Both, as one.
        """
        offset = self.offset
        if first.offset.any():
            moved = np.broadcast_to(first.offset, first.output_shape)
            offset = self.forward(moved).astype(np.float64)
        return Affine(
            sparse.csr_array(self.rows @ first.rows),
            sparse.csr_array(self.columns @ first.columns),
            self.channels @ first.channels,
            offset,
        )

    def _linear(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Apply the matrices: where the rows become more, at the end, on what is contiguous."""
        result = np.asarray(image, np.float32)
        if self.channels.shape[0] <= self.channels.shape[1]:
            result = _across(self.channels, result)
        steps = [(self.rows, 0), (self.columns, 1)]
        for matrix, axis in steps[:: 1 if self.rows.shape[0] <= self.rows.shape[1] else -1]:
            result = _along(matrix, result, axis)
        if self.channels.shape[0] > self.channels.shape[1]:
            result = _across(self.channels, result)
        return result


def _reached(matrix: sparse.csr_array) -> slice:
    """Return the columns from the first to the last that is not 0."""
    used = np.flatnonzero(abs(matrix).sum(axis=0))
    return slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 0)


def _eye(size: int) -> sparse.csr_array:
    return sparse.csr_array(sparse.eye_array(size, dtype=np.float32, format="csr"))


def _across(matrix: NDArray[np.float64], image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mix the channels."""
    if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return image
    return image @ matrix.T.astype(np.float32)


def _along(matrix: sparse.csr_array, image: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Multiply along an axis, 0 for rows or 1 for columns."""
    moved = np.moveaxis(image, axis, 0)
    flat = np.ascontiguousarray(moved).reshape(len(moved), -1)
    product = (matrix @ flat).reshape(-1, *moved.shape[1:])
    return np.asarray(np.moveaxis(product, 0, axis))
