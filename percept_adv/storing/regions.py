"""Parts of a picture in which a coordinate changes many pixels at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """A partition of a picture, and the part that each coordinate of a lattice belongs to.

    Attributes
    ----------
    pixels
        (H, W) of int32: the number of each pixel's region, from 0.
    owners
        (n,) of int32: that of each coordinate. Its change may reach into the next ones.
    """

    pixels: NDArray[np.int32]
    owners: NDArray[np.int32]

    @property
    def count(self) -> int:
        """Number of regions."""
        return int(self.pixels.max()) + 1

    def sums(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the sum over each region of values (H, W, C).

        Parameters
        ----------
        values
            (H, W, C).

        Returns
        -------
        ndarray of float64
            One number for each region.
        """
        flat = values.sum(axis=2, dtype=np.float64).ravel()
        return np.bincount(self.pixels.ravel(), flat, self.count).astype(np.float64, copy=False)
