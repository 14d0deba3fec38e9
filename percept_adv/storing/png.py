"""PNG: every pixel has its own level, so the grid is that of the levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images import encode_png, to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PART = 2**20
"""Samples that are rounded together."""


@dataclass(frozen=True, slots=True)
class Png:
    """8-bit PNG, which loses nothing but what lies between two levels.

    Examples
    --------
    >>> lattice = Png().lattice(np.full((4, 4, 3), 0.5, np.float32))
    >>> int(lattice.origin[0]), lattice.decode(lattice.origin).shape
    (128, (4, 4, 3))
    """

    @property
    def suffix(self) -> str:
        """Of its files."""
        return ".png"

    @property
    def is_coarse(self) -> bool:
        """Return False: no sample moves by more than half a level."""
        return False

    def begin(self, image: NDArray[np.floating]) -> tuple[NDArray[np.float32], Png]:
        """Return the image itself: whoever gives values between levels measures from there."""
        return np.asarray(image, np.float32), self

    def lattice(self, image: NDArray[np.floating]) -> PixelLevels:
        """Return the levels 0 to 255 of each sample of an image (H, W, C) in [0, 1]."""
        return PixelLevels(to_uint8(image))


@dataclass(frozen=True, slots=True, eq=False)
class PixelLevels:
    """The lattice of PNG; see `percept_adv.storing.Lattice`."""

    original: NDArray[np.uint8]

    @property
    def origin(self) -> NDArray[np.int16]:
        """The levels of the original."""
        return self.original.ravel().astype(np.int16)

    @property
    def steps(self) -> NDArray[np.float32]:
        """One level."""
        return np.broadcast_to(np.float32(1 / 255), self.original.size)

    @property
    def regions(self) -> None:
        """None: each sample has its own level."""
        return

    def locate(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return values times 255."""
        return (np.asarray(image, np.float32) * np.float32(255)).ravel()

    def pull_back(self, gradient: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return a gradient by levels."""
        return (np.asarray(gradient, np.float32) / np.float32(255)).ravel()

    def movable(self, allowed: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the samples of allowed pixels."""
        channels = self.original.shape[2]
        return np.repeat(np.asarray(allowed, bool).ravel(), channels)

    def nearest(self, coordinates: NDArray[np.floating]) -> NDArray[np.int16]:
        """Round to levels."""
        levels = np.empty(coordinates.shape, np.int16)
        # In parts: the coordinates of a large file are wide enough.
        for start in range(0, len(levels), _PART):
            part = slice(start, start + _PART)
            levels[part] = np.clip(np.rint(coordinates[part]), 0, 255)
        return levels

    def decode(self, coordinates: NDArray[np.int16]) -> NDArray[np.uint8]:
        """Return the levels as pixels: a PNG decodes to what it was made from."""
        return coordinates.astype(np.uint8).reshape(self.original.shape)

    def encode(self, coordinates: NDArray[np.int16]) -> bytes:
        """Return the PNG."""
        return encode_png(self.decode(coordinates))
