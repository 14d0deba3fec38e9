"""Quantised DCT coefficients of JPEG files, read and written as they are (by jpeglib)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 8


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Luminance or chrominance of a JPEG file.

    Attributes
    ----------
    coefficients
        (rows, columns, 8, 8) of int32: quantised, one matrix for each block.
    table
        (8, 8): what each is multiplied by to decode it.
    sampling
        Rows and columns, relative to those of the other components.
    """

    coefficients: NDArray[np.int32]
    table: NDArray[np.int32]
    sampling: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class JpegFile:
    """The coefficients of a baseline or progressive JPEG, gray or YCbCr.

    Attributes
    ----------
    size
        Height and width in pixels.
    components
        One, or three.
    """

    size: tuple[int, int]
    components: tuple[Component, ...]
    _file: Any

    def with_coefficients(self, coefficients: tuple[NDArray[np.integer], ...]) -> bytes:
        """Return the bytes of the file with other coefficients, all else the same.

        Metadata are not kept: see `percept_adv.storing.segments`.
        """
        changed = self._file.copy()
        for name, values in zip(_NAMES, coefficients, strict=False):
            setattr(changed, name, np.ascontiguousarray(values, np.int16))
        # Without the source's bytes it is written anew, with tables made for the coefficients.
        changed.content = None
        changed.markers = None
        with TemporaryDirectory() as folder:
            path = Path(folder) / "written.jpg"
            changed.write_dct(str(path))
            return path.read_bytes()


_NAMES = ("Y", "Cb", "Cr")


def read_coefficients(content: bytes) -> JpegFile:
    """Read the coefficients of a JPEG that a decoder has found to be sound.

    Raises
    ------
    ParameterError
        If jpeglib, which has no wheels for Linux on Arm, is not installed.
    """
    jpeglib = _library()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "read.jpg"
        path.write_bytes(content)
        file = jpeglib.read_dct(str(path))
        file.load()
    arrays = [getattr(file, name) for name in _NAMES][: 3 if file.has_chrominance else 1]
    components = tuple(
        Component(
            np.asarray(array, np.int32),
            np.asarray(file.get_component_qt(i), np.int32),
            (int(file.samp_factor[i][0]), int(file.samp_factor[i][1])),
        )
        for i, array in enumerate(arrays)
    )
    return JpegFile((int(file.height), int(file.width)), components, file)


def _library() -> Any:
    try:
        import jpeglib  # noqa: PLC0415
    except ImportError as error:
        raise ParameterError(
            "JPEG coefficients need the package jpeglib: pip install jpeglib, or use --store png"
        ) from error
    return jpeglib
