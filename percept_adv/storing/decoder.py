"""The decoder as a linear map: from quantised coefficients to pixels, and its exact adjoint.

Dequantise, inverse DCT, enlarge the chrominance, convert to RGB (ITU-T T.81 and T.871). Subsampled
planes are enlarged as libjpeg does by default ("fancy upsampling"): linearly between the centres of
the samples; by repetition for other factors than 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.fft import dctn, idctn

from percept_adv.storing.coefficients import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.storing.coefficients import Component, JpegFile

# T.871: R, G and B of one unit of Y, Cb and Cr.
COLOURS = np.array([[1.0, 1.0, 1.0], [0.0, -0.344136, 1.772], [1.402, -0.714136, 0.0]], np.float32)
_SMALLEST_INTERPOLATED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One component as a linear map from its coefficients to its part of the pixels.

    Attributes
    ----------
    shape
        Of the coefficients: (rows, columns, 8, 8).
    table
        (8, 8) of float32.
    rows, columns
        Sparse matrices that enlarge the plane to the picture: (H, 8 rows) and (W, 8 columns).
    colour
        (C,): what one unit adds to each channel of a pixel, in values of [0, 1].
    factors
        How many pixels a sample covers, down and right.
    """

    shape: tuple[int, int, int, int]
    table: NDArray[np.float32]
    rows: Any
    columns: Any
    colour: NDArray[np.float32]
    factors: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of coefficients."""
        return int(np.prod(self.shape))

    def forward(self, coefficients: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return (H, W, C): what coefficients (of any shape that fits) add to the pixels."""
        blocks = coefficients.reshape(self.shape).astype(np.float32) * self.table
        samples = idctn(blocks, axes=(2, 3), norm="ortho")
        plane = samples.swapaxes(1, 2).reshape(self.shape[0] * BLOCK, self.shape[1] * BLOCK)
        enlarged = (self.columns @ (self.rows @ plane).T).T
        return np.asarray(enlarged[:, :, np.newaxis] * self.colour)

    def adjoint(self, pixels: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the transpose of `forward` applied to (H, W, C), flat."""
        grey = np.asarray(pixels, np.float32) @ self.colour
        plane = (self.columns.T @ (self.rows.T @ grey).T).T
        samples = plane.reshape(self.shape[0], BLOCK, self.shape[1], BLOCK).swapaxes(1, 2)
        return np.asarray((dctn(samples, axes=(2, 3), norm="ortho") * self.table).ravel())

    def norms(self) -> NDArray[np.float32]:
        """Return the L2 norm of what one step of each coefficient adds, flat; border blocks too."""
        waves = idctn(np.eye(BLOCK, dtype=np.float32), axes=(1,), norm="ortho")
        vertical = _wave_norms(self.rows, waves, self.shape[0])
        horizontal = _wave_norms(self.columns, waves, self.shape[1])
        products = vertical[:, np.newaxis, :, np.newaxis] * horizontal[np.newaxis, :, np.newaxis, :]
        scaled = np.sqrt(products) * self.table * np.linalg.norm(self.colour)
        return np.asarray(scaled.astype(np.float32).ravel())

    def untouched(self, pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which coefficients, flat, change none of the pixels (H, W)."""
        plane = (self.columns.T @ (self.rows.T @ pixels.astype(np.float32)).T).T
        blocks = plane.reshape(self.shape[0], BLOCK, self.shape[1], BLOCK).sum(axis=(1, 3)) == 0
        return np.repeat(blocks.ravel(), BLOCK * BLOCK)


def planes_of(file: JpegFile, channels: int) -> tuple[Plane, ...]:
    """Return the linear maps of a file's components to a picture of 1 or 3 channels."""
    colours = COLOURS[: len(file.components)] if channels == 3 else np.ones((1, 1), np.float32)
    most = [max(c.sampling[axis] for c in file.components) for axis in (0, 1)]
    planes = []
    for component, colour in zip(file.components, colours, strict=True):
        rows, columns = (
            _enlarging(file.size[axis], _length(component, axis), most[axis], component, axis)
            for axis in (0, 1)
        )
        planes.append(
            Plane(
                component.coefficients.shape,
                component.table.astype(np.float32),
                rows,
                columns,
                (colour / 255).astype(np.float32),
                (most[0] // component.sampling[0], most[1] // component.sampling[1]),
            )
        )
    return tuple(planes)


def _length(component: Component, axis: int) -> int:
    return int(component.coefficients.shape[axis]) * BLOCK


def _enlarging(size: int, length: int, most: int, component: Component, axis: int) -> Any:
    """Return the sparse (size, length) matrix from a plane's samples to the picture's."""
    factor = most // component.sampling[axis]
    held = -(-size * component.sampling[axis] // most)
    out = np.arange(size)
    near = out // factor
    if factor != 2 or (axis == 1 and held < _SMALLEST_INTERPOLATED):
        return _matrix((size, length), [(out, near, np.ones(size))])
    # Of two outputs, the first leans to the sample before, the second to the one behind.
    other = np.clip(near + np.where(out % 2 == 0, -1, 1), 0, held - 1)
    return _matrix(
        (size, length), [(out, near, np.full(size, 0.75)), (out, other, np.full(size, 0.25))]
    )


def _matrix(shape: tuple[int, int], entries: list[tuple[Any, Any, Any]]) -> Any:
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sparse.csr_array((values.astype(np.float32), (rows, columns)), shape=shape)


def _wave_norms(matrix: Any, waves: NDArray[np.float32], blocks: int) -> NDArray[np.float32]:
    """Return (blocks, 8): the squared norm of each cosine wave of each block, enlarged."""
    norms = np.empty((blocks, BLOCK), np.float32)
    for block in range(blocks):
        columns = matrix[:, block * BLOCK : (block + 1) * BLOCK]
        own = (columns.T @ columns).toarray()
        norms[block] = np.einsum("ki,ij,kj->k", waves, own, waves)
    return norms
