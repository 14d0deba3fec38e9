"""The grid of the quantised DCT coefficients that can stand in a JPEG's place."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from percept_adv.images.orientation import turn_upright
from percept_adv.storing.coefficients import BLOCK, read_coefficients
from percept_adv.storing.decoder import planes_of
from percept_adv.storing.regions import Regions
from percept_adv.storing.segments import with_metadata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.storing.coefficients import JpegFile
    from percept_adv.storing.decoder import Plane

_SWEEPS = 3
_TINY = 1e-30
_LARGEST = 1023
"""What the coefficients of a baseline file with 8 bits may come to."""
_HALF_A_LEVEL = 0.5
_BACK = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
"""The EXIF orientation that undoes another."""


@dataclass(frozen=True, slots=True, eq=False)
class CoefficientLattice:
    """The lattice of JPEG; see `percept_adv.storing.Lattice`.

    Attributes
    ----------
    original, origin, steps
        As there.
    """

    original: NDArray[np.uint8]
    origin: NDArray[np.int16]
    steps: NDArray[np.float32]
    _file: JpegFile
    _planes: tuple[Plane, ...]
    _kept: tuple[tuple[int, bytes], ...]
    _orientation: int

    @classmethod
    def of(
        cls,
        content: bytes,
        channels: int,
        *,
        kept: tuple[tuple[int, bytes], ...] = (),
        orientation: int = 1,
    ) -> CoefficientLattice:
        """Return the lattice around a JPEG.

        Parameters
        ----------
        content
            The file.
        channels
            1 or 3: what its pixels are decoded to.
        kept
            The metadata of its files; see `percept_adv.storing.segments`.
        orientation
            The EXIF orientation by which pixels are turned after decoding; 1 if they are not.
        """
        file = read_coefficients(content)
        planes = planes_of(file, channels)
        return cls(
            decode_jpeg(content, channels, orientation),
            np.concatenate(
                [component.coefficients.ravel() for component in file.components], dtype=np.int16
            ),
            np.concatenate([plane.norms() for plane in planes]),
            file,
            planes,
            kept,
            orientation,
        )

    @property
    def regions(self) -> Regions | None:
        """The blocks of 8 x 8 pixels; a coefficient belongs to that where its own block begins.

        None where every step changes pixels by half a level or more: rounding matters little then.
        """
        if min(plane.table.min() for plane in self._planes) / BLOCK >= _HALF_A_LEVEL:
            return None
        height, width = self._turned_back(self.original).shape[:2]
        rows, columns = -(-height // BLOCK), -(-width // BLOCK)
        number = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
        pixels = np.repeat(np.repeat(number, BLOCK, axis=0), BLOCK, axis=1)[:height, :width]
        owners = []
        for plane in self._planes:
            # Of subsampled planes a block covers several; those of padding belong to the last.
            down = np.minimum(np.arange(plane.shape[0]) * plane.factors[0], rows - 1)
            right = np.minimum(np.arange(plane.shape[1]) * plane.factors[1], columns - 1)
            owners.append(np.repeat(number[np.ix_(down, right)].ravel(), BLOCK * BLOCK))
        turned = turn_upright(pixels, self._orientation)
        return Regions(np.ascontiguousarray(turned), np.concatenate(owners))

    def locate(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the coordinates whose pixels come nearest to an image, not rounded.

        The components are not orthogonal to each other: each is fitted to what the others leave.
        """
        left = self._turned_back(np.asarray(image, np.float32) - self.original / np.float32(255))
        found = np.zeros(self.origin.shape, np.float32)
        if not left.any():
            return self.origin.astype(np.float32)
        parts = self._parts()
        for _ in range(_SWEEPS):
            for plane, part in zip(self._planes, parts, strict=True):
                change = plane.adjoint(left) / np.maximum(self.steps[part] ** 2, _TINY)
                moved = plane.forward(change)
                # Neighbouring blocks of an enlarged plane overlap: the best length, not 1.
                length = float(np.vdot(moved, left) / max(np.vdot(moved, moved), _TINY))
                found[part] += length * change
                left = left - length * moved
        return self.origin + found

    def pull_back(self, gradient: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return a gradient by the coefficients."""
        turned = self._turned_back(np.asarray(gradient, np.float32))
        return np.concatenate([plane.adjoint(turned) for plane in self._planes])

    def movable(self, allowed: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the coefficients of blocks that reach no other pixel."""
        others = self._turned_back(~np.asarray(allowed, bool))
        return np.concatenate([plane.untouched(others) for plane in self._planes])

    def nearest(self, coordinates: NDArray[np.floating]) -> NDArray[np.int16]:
        """Round to coefficients."""
        rounded = np.clip(np.rint(coordinates), -_LARGEST, _LARGEST)
        # A file may hold what it holds, however large.
        return np.where(rounded == self.origin, self.origin, rounded).astype(np.int16)

    def decode(self, coordinates: NDArray[np.int16]) -> NDArray[np.uint8]:
        """Return the pixels of the file as it is written."""
        return decode_jpeg(self.encode(coordinates), self.original.shape[2], self._orientation)

    def encode(self, coordinates: NDArray[np.int16]) -> bytes:
        """Return the JPEG."""
        arrays = tuple(
            coordinates[part].reshape(plane.shape)
            for plane, part in zip(self._planes, self._parts(), strict=True)
        )
        return with_metadata(self._file.with_coefficients(arrays), self._kept)

    def _parts(self) -> list[slice]:
        """Return where each component's coordinates stand."""
        ends = np.cumsum([plane.count for plane in self._planes]).tolist()
        return [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]

    def _turned_back(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Turn what belongs to pixels as they are seen to the rows and columns of the file."""
        return turn_upright(pixels, _BACK[self._orientation])


def decode_jpeg(content: bytes, channels: int, orientation: int = 1) -> NDArray[np.uint8]:
    """Return a JPEG's pixels (H, W, C), gray or RGB, turned by an EXIF orientation."""
    with Pillow.open(io.BytesIO(content)) as picture:
        samples = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return np.ascontiguousarray(
        turn_upright(samples.reshape(*samples.shape[:2], channels), orientation)
    )
