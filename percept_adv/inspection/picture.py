"""An image file that is being looked at, and what is computed from it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images import read_image
from percept_adv.inspection.memory import bytes_of
from percept_adv.inspection.pyramid import Pyramid
from percept_adv.magnification import channel_deviations

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.images import Image
    from percept_adv.magnification import Region


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A decoded file: samples in a pyramid, and sigma_global of eq. 22 for each channel."""

    image: Image
    pyramid: Pyramid
    sigma_global: tuple[float, ...]

    @classmethod
    def read(cls, path: Path) -> Picture:
        """Decode a file.

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        image = read_image(path)
        return cls(image, Pyramid.of(image.samples), channel_deviations(_floats(image)))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.image.samples.shape[:2]
        return height, width

    @property
    def memory(self) -> int:
        """Bytes held."""
        return bytes_of(self.pyramid.levels)

    def region(self, level: int, region: Region) -> NDArray[np.float32]:
        """Return a region of a level of the image in [0, 1]."""
        return as_floats(self.pyramid.levels[level][region.slices])

    def floats(self) -> NDArray[np.float32]:
        """Return the samples in [0, 1]."""
        return _floats(self.image)


def _floats(image: Image) -> NDArray[np.float32]:
    floats: NDArray[np.float32] = image.as_float(np.float32)
    return floats


def as_floats(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Return samples, or a part of them, in [0, 1]."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    return samples.astype(np.float32) / np.float32(np.iinfo(samples.dtype).max)
