"""The image that can be stored nearest to a changed one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.storing.lattice import Lattice, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An image as it is stored.

    Attributes
    ----------
    pixels
        Of uint8, in the shape of the original: what the file decodes to.
    file
        Its bytes.
    """

    pixels: NDArray[np.uint8]
    file: bytes


class Surroundings:
    """What can be stored in place of an image, by the change that is wanted.

    Parameters
    ----------
    original
        (H, W) or (H, W, C) in [0, 1].
    store
        The kind of file.
    mask
        (H, W) of bool: where pixels may change; None for everywhere.

    Attributes
    ----------
    original
        The image as it comes back when it is stored unchanged: changes are measured from there.

    Examples
    --------
    >>> from percept_adv.storing import Png
    >>> around = Surroundings(np.full((2, 2), 0.5), Png())
    >>> around.nearest(np.full((2, 2), 0.01)).pixels.tolist()
    [[130, 130], [130, 130]]
    """

    def __init__(
        self, original: NDArray[np.floating], store: Store, mask: NDArray[Any] | None = None
    ) -> None:
        begun, kept = store.begin(np.atleast_3d(original))
        self.original: NDArray[np.float32] = begun.reshape(np.shape(original))
        self._lattice: Lattice = kept.lattice(begun)
        self._movable = None if mask is None else self._lattice.movable(mask)

    def nearest(self, change: NDArray[np.floating]) -> Stored:
        """Return what is stored nearest to original + change in [0, 1], in the original's shape.

        Parameters
        ----------
        change
            In the original's shape.

        Returns
        -------
        Stored
            Pixels and file.
        """
        image = np.clip(self.original.astype(np.float64) + change, 0, 1)
        coordinates = self._lattice.locate(np.atleast_3d(image))
        if self._movable is not None:
            coordinates = np.where(self._movable, coordinates, self._lattice.origin)
        nearest = self._lattice.nearest(coordinates)
        pixels = self._lattice.decode(nearest).reshape(self.original.shape)
        return Stored(pixels=pixels, file=self._lattice.encode(nearest))
