"""Formats of at most 8 bits a sample, which Pillow decodes as they are."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from percept_adv.errors import ImageError
from percept_adv.images.decoded import CMYK_NOTE, FRAMES_NOTE, LOSSY_NOTE, Decoded
from percept_adv.images.limits import check_size
from percept_adv.images.orientation import exif_orientation, parse_exif

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

FORMATS = (
    "BMP", "CUR", "DIB", "GIF", "ICNS", "ICO", "JPEG", "PCX", "PSD", "QOI", "SGI", "SUN",
    "WEBP", "XBM", "XPM",
)  # fmt: skip
"""Told by their first bytes. What runs other programs (EPS) is no image here."""
_PCX_PALETTE = b"\x0c"
_NO_PALETTE_NOTE = "it has no palette at its end: its samples were taken for gray"
_SGI16 = b"\x01\xda", 2


@contextmanager
def open_picture(content: bytes, formats: tuple[str, ...] = FORMATS) -> Iterator[Picture]:
    """Open an image of one of these formats, whose size is checked before it is decoded.

    Raises
    ------
    UnidentifiedImageError
        If it is of no such format.
    ImageError
        If it is larger than `check_size` allows.
    """
    with _without_own_limit(), warnings.catch_warnings():
        # Notes on metadata; what matters to the user is in the notes of `describe_picture`.
        warnings.simplefilter("ignore")
        with Pillow.open(io.BytesIO(content), formats=formats) as picture:
            check_size(*picture.size, channels=len(picture.getbands()))
            yield picture


def decode_pillow(content: bytes, formats: tuple[str, ...] = FORMATS) -> Decoded:
    """Decode an image of one of these formats."""
    if content.startswith(_SGI16[0]) and content[3:4] == bytes([_SGI16[1]]):
        raise ImageError("SGI images of 16 bits are not read in full: convert it to PNG or TIFF")
    with open_picture(content, formats) as picture:
        decoded = describe_picture(picture)
        if picture.mode == "CMYK":
            decoded.notes.append(CMYK_NOTE)
        if picture.format in {"JPEG", "MPO"}:
            decoded.notes.append(LOSSY_NOTE.format(name="JPEG"))
        elif picture.format == "WEBP" and b"VP8 " in content:
            decoded.notes.append(LOSSY_NOTE.format(name="WebP"))
        if picture.format == "PCX" and picture.mode == "L" and content[-769:-768] != _PCX_PALETTE:
            decoded.notes.append(_NO_PALETTE_NOTE)
        samples = picture_samples(picture)
        if picture.format == "XBM":
            samples = 255 - samples  # A set bit is ink, which is black; Pillow makes it white.
        return decoded.take(samples)


def describe_picture(picture: Picture) -> Decoded:
    """Return orientation, colour profile and notes on frames, without samples."""
    # Not picture.getexif(), which also takes an orientation from XMP data, as hardly others do.
    orientation, notes = exif_orientation(lambda: parse_exif(picture.info.get("exif", b"")))
    count = getattr(picture, "n_frames", 1)
    if count > 1 and picture.format != "MPO":  # The others of an MPO are previews.
        notes.append(FRAMES_NOTE.format(count=count))
    profile = picture.info.get("icc_profile")
    return Decoded(
        orientation=orientation,
        profile=profile if isinstance(profile, bytes) else None,
        notes=notes,
    )


def picture_samples(picture: Picture) -> NDArray[Any]:
    """Decode; palettes and conversions that lose nothing are expanded, alpha stays a channel."""
    picture.load()
    return np.asarray(_gray_or_rgb(picture))


def _gray_or_rgb(picture: Picture) -> Picture:
    if "transparency" in picture.info or picture.mode in {"PA", "RGBa", "La"}:
        return picture.convert("LA" if picture.mode in {"1", "L", "La"} else "RGBA")
    if picture.mode in {"1", "L"}:
        return picture.convert("L")
    if picture.mode in {"LA", "RGB", "RGBA", "F"} or picture.mode.startswith("I;16"):
        return picture
    if picture.mode == "I":
        return _sixteen_bits(picture)
    return picture.convert("RGB")


def _sixteen_bits(picture: Picture) -> Picture:
    """Narrow a 32-bit picture, which is how some 16-bit gray formats are handed over."""
    low, high = (int(bound) for bound in picture.getextrema())  # type: ignore[arg-type]
    if low < 0 or high > 65535:
        raise ImageError(f"integer samples from {low} to {high} do not fit 16 bits")
    return picture.convert("I;16")


_opening = Lock()
_open_pictures = 0
_others_limit: int | None = None


@contextmanager
def _without_own_limit() -> Iterator[None]:
    """Lift Pillow's limit on pixels while pictures are read here: `check_size` has another."""
    global _open_pictures, _others_limit  # noqa: PLW0603 (Pillow's limit is a global, too)
    with _opening:
        if _open_pictures == 0:
            _others_limit, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
        _open_pictures += 1
    try:
        yield
    finally:
        with _opening:
            _open_pictures -= 1
            if _open_pictures == 0:
                Pillow.MAX_IMAGE_PIXELS = _others_limit
