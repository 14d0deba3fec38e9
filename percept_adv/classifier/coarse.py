"""Large files on a coarser grid: blocks of pixels that change together.

The least change of a file that makes a given change at the network lies in the range of the
adjoint of the pipeline's resize. That is smooth over as many pixels as the resize reduces to one,
so that blocks of half as many lose next to nothing. A walk on the blocks costs what it costs on
an image about twice the network's size, whatever the size of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from percept_adv.classifier.arrays import check_batch
from percept_adv.pipeline import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier.arrays import Shape
    from percept_adv.classifier.entry import Entry, FileEntry

LARGE = 3 << 19
"""Samples above which a file is worth the blocks: 0.5 megapixels in colour."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Square blocks over an image; the last ones are cut.

    Attributes
    ----------
    shape
        (H, W, C) of the image.
    side
        Of a block, in pixels.
    """

    shape: tuple[int, int, int]
    side: int

    @classmethod
    def of(cls, shape: tuple[int, int, int], network: tuple[int, ...]) -> Blocks | None:
        """Return the blocks of a large file; None where there is nothing to gain.

        Parameters
        ----------
        shape
            (H, W, C) of the file.
        network
            Of what the network takes; its first two sizes count.

        Returns
        -------
        Blocks or None
            None where there is nothing to gain.
        """
        reduction = min(shape[0] / network[0], shape[1] / network[1])
        side = round(reduction / 2)
        return cls(shape, side) if side > 1 and np.prod(shape) > LARGE else None

    def matrix(self, axis: int) -> sparse.csr_array:
        """Return the matrix that repeats each block's value along an axis, (pixels, blocks).

        Parameters
        ----------
        axis
            0 for rows, 1 for columns.

        Returns
        -------
        sparse array
            (pixels, blocks), of ones.
        """
        size = self.shape[axis]
        rows = np.arange(size)
        ones = np.ones(size, np.float32)
        blocks = rows // self.side
        return sparse.csr_array((ones, (rows, blocks)), shape=(size, int(blocks[-1]) + 1))

    def means(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the mean of each block, (h, w, C).

        Parameters
        ----------
        image
            (H, W, C).

        Returns
        -------
        ndarray of float32
            (h, w, C).
        """
        axes = [self.matrix(axis) for axis in (0, 1)]
        rows, columns = (
            sparse.csr_array(sparse.diags_array(1 / axis.sum(axis=0)) @ axis.T, dtype=np.float32)
            for axis in axes
        )
        return Affine.of_axes(rows, columns, image.shape[2]).forward(image)

    def lifted(self, change: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return a change of blocks (h, w, C) as one of pixels (H, W, C).

        Parameters
        ----------
        change
            (h, w, C).

        Returns
        -------
        ndarray of float32
            (H, W, C).
        """
        wide = np.repeat(np.asarray(change, np.float32), self.side, axis=1)[:, : self.shape[1]]
        return np.repeat(wide, self.side, axis=0)[: self.shape[0]]


class CoarseEntry:
    """One large file seen in blocks: what the real pipeline makes of it, changed linearly.

    Parameters
    ----------
    file, network
        The entries before and behind the pipeline.
    image
        (H, W, C): the file.
    means
        (h, w, C): those of its blocks, from where changes are counted.
    blocks
        The grid.
    """

    def __init__(
        self,
        file: FileEntry,
        network: Entry,
        image: NDArray[np.float32],
        means: NDArray[np.float32],
        blocks: Blocks,
    ) -> None:
        self._network = network
        self._means = means
        height, width, channels = means.shape
        self.image_shape: Shape = (height, width, channels)
        own = file.form
        self._form = Affine(
            sparse.csr_array(own.rows @ blocks.matrix(0)),
            sparse.csr_array(own.columns @ blocks.matrix(1)),
            own.channels,
            np.zeros((1, 1, 1)),
        )
        self._seen = file.at_network(image[np.newaxis])[0]

    def checked(self, images: NDArray[Any], name: str) -> NDArray[Any]:
        """Return images as floats in [0, 1]."""
        return check_batch(images, self.image_shape, name)

    def at_network(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the images (N, h, w, c) in [0, 1] that the gradient graph gets."""
        changes = [self._form.forward(image - self._means) for image in images]
        return np.stack([np.clip(self._seen + change, 0, 1) for change in changes])

    def prepare(self, images: NDArray[np.float32]) -> NDArray[Any]:
        """Return the prepared values of those images."""
        return self._network.prepare(self.at_network(images))

    def pull_back(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient by the blocks."""
        return np.stack([self._form.adjoint(one) for one in gradient])
