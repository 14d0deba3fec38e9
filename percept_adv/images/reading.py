"""Reading an image file without changing its values behind the user's back."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from percept_adv.errors import ImageError
from percept_adv.images.content import read_content
from percept_adv.images.decoding import Decoded, decode_pillow, decode_png16
from percept_adv.images.record import Image
from percept_adv.images.tiff import decode_tiff, is_tiff

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH_AT = 24  # The first chunk, IHDR, holds the bit depth at a fixed place.


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read an image as it is stored.

    16-bit samples stay 16-bit, the EXIF orientation is applied once, colour profiles
    and alpha change no value. A palette becomes RGB; CMYK becomes RGB with a warning.

    Raises
    ------
    ImageError
        If the file cannot be read, is no image, is truncated, or holds NaN, Inf or
        floats outside [0, 1].
    """
    file = Path(path)
    content = read_content(file)
    try:
        with warnings.catch_warnings():
            # Notes of the decoders on metadata; what matters is in `Image.warnings`.
            warnings.simplefilter("ignore")
            decoded = _decode(content)
    except UnidentifiedImageError:
        raise ImageError(f"{file} is no image, or of a format that is not supported") from None
    except Exception as error:  # Decoders raise anything: zlib.error, struct.error, RuntimeError...
        raise ImageError(f"{file} is broken or truncated: {_one_line(error)}") from error
    samples = np.ascontiguousarray(decoded.samples)
    _check(samples, file)
    return Image(samples, decoded.opaque, tuple(decoded.warnings), file)


def read_pixels(path: str | os.PathLike[str]) -> NDArray[np.float64]:
    """Read an image as float64 in [0, 1]: ``read_image(path).pixels``."""
    return read_image(path).pixels


def _decode(content: bytes) -> Decoded:
    if is_tiff(content):
        return decode_tiff(content)
    with Pillow.open(io.BytesIO(content)) as picture:
        picture.load()
        if content.startswith(_PNG) and content[_PNG_DEPTH_AT] == 16:
            return decode_png16(content, picture)
        return decode_pillow(picture)


def _check(samples: NDArray[Any], file: Path) -> None:
    if samples.ndim not in {2, 3} or samples.size == 0 or samples.shape[2:] not in {(), (3,)}:
        raise ImageError(f"{file} has samples of shape {samples.shape}: expected gray or RGB")
    if samples.dtype.kind != "f":
        return
    low, high = samples.min(), samples.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"{file} holds NaN or infinite values: replace them first")
    if low < 0 or high > 1:
        raise ImageError(f"{file} holds floats from {low:.4g} to {high:.4g}: scale them to [0, 1]")


def _one_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    if not lines or isinstance(error, LookupError):
        return "its structure cannot be followed"
    return lines[0]
