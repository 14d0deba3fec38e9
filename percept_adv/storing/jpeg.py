"""JPEG: the grid is that of the quantised DCT coefficients, all tables given.

After "What if Adversarial Samples were Digital Images?" (Bonnet, Furon, Bas, 2020), which counts
quantisation as a part of the attack.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image as Pillow
from PIL.JpegImagePlugin import get_sampling

from percept_adv.errors import ParameterError
from percept_adv.images import from_uint8, to_uint8
from percept_adv.storing.coefficient_lattice import CoefficientLattice, decode_jpeg
from percept_adv.storing.png import Png
from percept_adv.storing.segments import (
    metadata,
    read_orientation,
    upright,
    why_unkept,
    with_metadata,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.storing.lattice import Store

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]
SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:4:4", "4:2:2", "4:2:0")


@dataclass(frozen=True, slots=True)
class Jpeg:
    """JPEG with the usual tables.

    Attributes
    ----------
    quality
        1 to 100, as libjpeg counts it.
    subsampling
        Of the chrominance: ``"4:4:4"`` for none, ``"4:2:2"``, ``"4:2:0"``.

    Examples
    --------
    >>> lattice = Jpeg(quality=75).lattice(np.full((16, 16, 3), 0.5, np.float32))
    >>> lattice.decode(lattice.origin)[0, 0].tolist()
    [128, 128, 128]
    """

    quality: int = 90
    subsampling: Subsampling = "4:2:0"

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ParameterError(f"quality is {self.quality}: give a whole number from 1 to 100")
        if self.subsampling not in SUBSAMPLINGS:
            raise ParameterError(
                f"subsampling is {self.subsampling!r}: use one of {', '.join(SUBSAMPLINGS)}"
            )

    @property
    def suffix(self) -> str:
        """Of its files."""
        return ".jpg"

    @property
    def is_coarse(self) -> bool:
        """Return True: most coefficients of a picture are rounded to 0."""
        return True

    def begin(self, image: NDArray[np.floating]) -> tuple[NDArray[np.float32], KeptJpeg]:
        """Return the image as it comes back from its JPEG, and the store of that very file."""
        kept = KeptJpeg(_written(image, quality=self.quality, subsampling=self.subsampling))
        return kept.decoded(np.shape(image)[2]), kept

    def lattice(self, image: NDArray[np.floating]) -> CoefficientLattice:
        """Return the coefficients that can stand in for an image (H, W, C) in [0, 1]."""
        return self.begin(image)[1].lattice_of_file(np.shape(image)[2])


@dataclass(frozen=True, slots=True)
class KeptJpeg:
    """The kind of file that a given JPEG is: its tables, its subsampling and its metadata.

    Attributes
    ----------
    content
        The bytes of the JPEG; `why_unkept` has to find nothing.
    """

    content: bytes

    def __post_init__(self) -> None:
        if reason := why_unkept(self.content):
            raise ParameterError(f"the JPEG cannot be kept as it is: {reason}")

    @property
    def suffix(self) -> str:
        """Of its files."""
        return ".jpg"

    @property
    def is_coarse(self) -> bool:
        """Return True: most coefficients of a picture are rounded to 0."""
        return True

    def begin(self, image: NDArray[np.floating]) -> tuple[NDArray[np.float32], KeptJpeg]:
        """Return an image that the file decodes to as it is, compress another one alike."""
        channels = np.shape(image)[2]
        if self._turn(image) is not None:
            return np.asarray(image, np.float32), self
        written = _written(image, **_tables_of(self.content))
        alike = KeptJpeg(with_metadata(written, upright(metadata(self.content))))
        return alike.decoded(channels), alike

    def lattice(self, image: NDArray[np.floating]) -> CoefficientLattice:
        """Return the coefficients that can stand in for an image (H, W, C) in [0, 1].

        They begin at the file's own where it decodes to the image, upright or as it lies.
        """
        turn = self._turn(image)
        if turn is None:
            return self.begin(image)[1].lattice_of_file(np.shape(image)[2])
        return self.lattice_of_file(np.shape(image)[2], turn)

    def lattice_of_file(self, channels: int, orientation: int = 1) -> CoefficientLattice:
        """Return the coefficients around the file's own, for pixels of 1 or 3 channels.

        Parameters
        ----------
        channels
            1 or 3.
        orientation
            EXIF's, 1 to 8, by which the pixels are turned.

        Returns
        -------
        CoefficientLattice
            Its origin is the file.
        """
        return CoefficientLattice.of(
            self.content, channels, kept=metadata(self.content), orientation=orientation
        )

    def decoded(self, channels: int) -> NDArray[np.float32]:
        """Return the file's pixels in [0, 1], as they lie in it.

        Parameters
        ----------
        channels
            1 or 3.

        Returns
        -------
        ndarray of float32
            (H, W, C).
        """
        return from_uint8(decode_jpeg(self.content, channels), np.float32)

    def _turn(self, image: NDArray[np.floating]) -> int | None:
        """Return the orientation by which the file decodes to an image; None if by none."""
        levels = to_uint8(np.asarray(image))
        for orientation in dict.fromkeys((1, read_orientation(self.content))):
            if np.array_equal(decode_jpeg(self.content, levels.shape[2], orientation), levels):
                return orientation
        return None


def _tables_of(content: bytes) -> dict[str, Any]:
    """Return what Pillow needs to compress another picture as a JPEG is compressed."""
    with Pillow.open(io.BytesIO(content)) as picture:
        sampling = get_sampling(picture)
        tables = [list(table) for _, table in sorted(picture.quantization.items())]  # type: ignore[attr-defined]
    # Pillow writes the three usual kinds of subsampling; the commonest stands in for others.
    return {"qtables": tables, "subsampling": sampling if sampling >= 0 else 2}


def _written(image: NDArray[np.floating], **options: Any) -> bytes:
    levels = to_uint8(np.asarray(image))
    picture = Pillow.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)
    written = io.BytesIO()
    picture.save(written, "JPEG", **options)
    return written.getvalue()


def keep_format(content: bytes) -> tuple[Store, str]:
    """Return the store that keeps a file's own format, and a note where it cannot be kept.

    Parameters
    ----------
    content
        The bytes of an image file that could be decoded.

    Returns
    -------
    store
        `KeptJpeg` for a JPEG, `Png` for all else.
    note
        Empty, or why the result is a PNG though the file is a JPEG.

    Examples
    --------
    >>> from percept_adv.storing import keep_format
    >>> store, note = keep_format((digits / "00000.png").read_bytes())
    >>> type(store).__name__, note
    ('Png', '')
    """
    if not content.startswith(b"\xff\xd8"):
        return Png(), ""
    if reason := why_unkept(content):
        return Png(), f"the JPEG cannot be kept as it is: {reason}; the result is stored as PNG"
    return KeptJpeg(content), ""
