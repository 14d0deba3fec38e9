"""The formats that are read: how each is told, the usual suffixes, and what decodes it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import UnidentifiedImageError

from percept_adv.errors import ImageError
from percept_adv.images import jpegxl, modern, netpbm, pillow, png, tiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from percept_adv.images.decoded import Decoded

HEAD_SIZE = 4096
"""The first bytes of a file, from which `looks_like_image` tells an image."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes
    ----------
    name
        As users call it.
    suffixes
        Of file names, in lower case.
    recognises
        Whether content, or its beginning, is of this format.
    decode
        Content to samples; raises anything on broken content.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    decode: Callable[[bytes], Decoded]


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(magics)


FORMATS = (
    Format("PNG", (".png", ".apng"), _begins(png.MAGIC), png.decode_png),
    Format("TIFF", (".tif", ".tiff", ".btf", ".tf8"), _begins(*tiff.MAGICS), tiff.decode_tiff),
    Format(
        "Netpbm",
        (".ppm", ".pgm", ".pbm", ".pnm", ".pam", ".pfm"),
        netpbm.is_netpbm,
        netpbm.decode_netpbm,
    ),
    Format(
        "JPEG 2000",
        (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        modern.is_jpeg2000,
        modern.decode_jpeg2000,
    ),
    Format("AVIF", (".avif", ".avifs"), modern.is_avif, modern.decode_avif),
    Format("JPEG XL", (".jxl",), jpegxl.is_jpeg_xl, jpegxl.decode_jpeg_xl),
    Format("HEIC", (".heic", ".heif", ".hif"), modern.is_heic, modern.decode_heic),
)
_PILLOW_SUFFIXES = (
    ".bmp", ".dib", ".gif", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".ico", ".icns",
    ".cur", ".pcx", ".psd", ".qoi", ".sgi", ".rgb", ".rgba", ".bw", ".ras", ".xbm", ".xpm",
)  # fmt: skip
_TARGA_SUFFIXES = (".tga", ".icb", ".vda", ".vst")

SUFFIXES = frozenset(
    [suffix for one in FORMATS for suffix in one.suffixes] + [*_PILLOW_SUFFIXES, *_TARGA_SUFFIXES]
)
"""Of file names that are taken for images without a look at their content."""


_JPEG, _GIF, _QOI, _PSD = b"\xff\xd8\xff", b"GIF8", b"qoif", b"8BPS"
_STRANGE_JPEG = (
    "it begins as a JPEG, and is damaged or of a kind that Pillow does not read, such as 12 bits a "
    "sample or lossless coding: convert it to PNG"
)


def looks_like_image(head: bytes) -> bool:
    """Tell whether the first bytes of a file are surely those of a format that is read.

    Of formats whose mark is short enough to begin a text, only the suffix tells.
    """
    return (
        any(one.recognises(head) for one in FORMATS)
        or head.startswith((_JPEG, _GIF, _QOI, _PSD))
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or (head.startswith(b"BM") and head[6:10] == bytes(4) and len(head) > 26)
    )


def decode(content: bytes, suffix: str) -> Decoded:
    """Decode content of any format that is read; raises anything on broken content.

    ``suffix`` is that of the file's name: Targa images are told by nothing else.

    Raises
    ------
    ImageError
        If it is of no format that is read, or larger than is allowed.
    """
    with _libraries_silenced():
        for one in FORMATS:
            if one.recognises(content):
                return one.decode(content)
        targa = suffix.lower() in _TARGA_SUFFIXES
        try:
            return pillow.decode_pillow(content, ("TGA",) if targa else pillow.FORMATS)
        except UnidentifiedImageError:
            if content.startswith(_JPEG):
                raise ImageError(_STRANGE_JPEG) from None
            raise ImageError("it is no image, or of a format that is not supported") from None


_stderr_lock = threading.Lock()


@contextmanager
def _libraries_silenced() -> Iterator[None]:
    """Send the process's stderr nowhere: libpng and libtiff write there, past Python."""
    with _stderr_lock, Path(os.devnull).open("wb") as nowhere:
        try:
            kept = os.dup(2)
        except OSError:  # There is no stderr.
            yield
            return
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
