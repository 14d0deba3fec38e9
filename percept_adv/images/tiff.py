"""TIFF: 8 or 16 bits or floats, gray, RGB, palette or CMYK, strips or tiles."""

from __future__ import annotations

import io
import logging
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import tifffile
from PIL import Image as Pillow

from percept_adv.images.decoding import (
    CMYK_WARNING,
    FRAMES_WARNING,
    JPEG_WARNING,
    Decoded,
    orient,
    reorder_bgr,
    split_alpha,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# What tifffile logs about broken files would reach stderr beside our own error.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_COMPRESSIONS = {6, 7, 34892, 33007}


def is_tiff(content: bytes) -> bool:
    """Tell a TIFF or BigTIFF by its first bytes."""
    return content.startswith(_MAGICS)


def decode_tiff(content: bytes) -> Decoded:
    """Decode the first page of a TIFF."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        count = len(file.pages)
        tag = page.tags.get("Orientation")
        orientation = int(tag.value) if tag else 1
        samples = _samples(page, content)
        photometric = _name(page.photometric)
        notes = [FRAMES_WARNING.format(count=count)] if count > 1 else []
        if int(page.compression) in _JPEG_COMPRESSIONS:
            notes.append(JPEG_WARNING)
    samples = _gray_or_rgb(samples, photometric, page.colormap)
    if photometric == "SEPARATED":
        notes.append(CMYK_WARNING)
    decoded = split_alpha(orient(samples, orientation))
    decoded.warnings = notes
    return decoded


def _name(code: Any) -> str:
    """Name a tag's value, which is a plain number where tifffile does not know it."""
    return str(getattr(code, "name", code))


def _samples(page: Any, content: bytes) -> NDArray[Any]:
    try:
        samples: NDArray[Any] = page.asarray()
    except ValueError:
        # A compression that tifffile leaves to a further package: OpenCV knows some.
        samples = _through_opencv(content)
    if _name(page.planarconfig) == "SEPARATE" and samples.ndim == 3 and page.axes[0] == "S":
        samples = np.moveaxis(samples, 0, -1)
    if samples.dtype.kind == "b":
        return np.where(samples, np.uint8(255), np.uint8(0))
    if samples.dtype.kind == "f" and samples.dtype.itemsize == 2:
        samples = samples.astype(np.float32)
    if samples.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise ValueError(f"samples of type {samples.dtype}: expected 8 or 16 bits, or floats")
    return samples


def _through_opencv(content: bytes) -> NDArray[Any]:
    with _libtiff_silenced():
        with Pillow.open(io.BytesIO(content)) as picture:
            # Pillow refuses truncated files, which OpenCV would fill with zeros.
            picture.load()
        samples = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise ValueError("the compression of this TIFF is not supported")
    return reorder_bgr(samples)


_stderr_lock = threading.Lock()


@contextmanager
def _libtiff_silenced() -> Iterator[None]:
    """Send the process's stderr nowhere: libtiff writes there, past Python, on broken files."""
    with _stderr_lock, Path(os.devnull).open("wb") as nowhere:
        kept = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _gray_or_rgb(
    samples: NDArray[Any], photometric: str, colormap: NDArray[Any] | None
) -> NDArray[Any]:
    if photometric == "PALETTE" and colormap is not None and samples.ndim == 2:
        # Palettes hold 16-bit entries; those of 8-bit colours are multiples of 257.
        colours = np.moveaxis(colormap[:, samples], 0, -1)
        eight_bits = not np.any(colormap % 257)
        return (colours // 257).astype(np.uint8) if eight_bits else colours
    if photometric == "MINISWHITE" and samples.dtype.kind == "u":
        return np.iinfo(samples.dtype).max - samples
    if photometric == "SEPARATED" and samples.dtype.kind == "u" and samples.shape[2:] == (4,):
        white = int(np.iinfo(samples.dtype).max)
        ink = white - samples.astype(np.int64)
        return ((ink[:, :, :3] * ink[:, :, 3:] + white // 2) // white).astype(samples.dtype)
    return samples
