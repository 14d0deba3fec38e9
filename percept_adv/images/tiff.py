"""TIFF of every compression: tifffile follows the structure, imagecodecs unpacks the pixels."""

from __future__ import annotations

import io
import logging
import struct
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from percept_adv.errors import ImageError
from percept_adv.images.decoded import (
    FRAMES_NOTE,
    LOSSY_NOTE,
    PERHAPS_LOSSY_NOTE,
    Decoded,
    full_range,
)
from percept_adv.images.limits import check_size
from percept_adv.images.tiff_colour import gray_or_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# What tifffile logs about broken files would reach stderr beside our own error.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LOSSY = dict.fromkeys((6, 7, 33007, 34892), "JPEG")
_PERHAPS_LOSSY = {
    22610: "JPEG XR",
    34712: "JPEG 2000",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_SEPARATE = 2
_NEEDED = frozenset(
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339}
)
"""Tags that the pixels need: without one of them another value would be taken for it."""
_RAW = {"CFA", "LINEAR_RAW"}
_ALPHA = {"UNASSALPHA", "ASSOCALPHA"}


def decode_tiff(content: bytes) -> Decoded:
    """Decode the first page of a TIFF or BigTIFF that is no thumbnail."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = _main_page(file)
        photometric = _name(page.photometric)
        if photometric in _RAW:
            raise ImageError("it holds a camera's raw data: develop it first")
        check_size(
            page.imagewidth,
            page.imagelength,
            channels=page.samplesperpixel,
            sample_bytes=max(1, page.dtype.itemsize if page.dtype is not None else 1),
        )
        _check_tags(page, content)
        _check_complete(page, len(content))
        decoded = gray_or_rgb(_samples(page), page, photometric)
        count = sum(not one.aspage().is_reduced for one in file.pages)
        tag = page.tags.get("Orientation")
        profile = page.tags.get("InterColorProfile")
    if count > 1:
        decoded.notes.append(FRAMES_NOTE.format(count=count))
    if int(page.compression) in _LOSSY:
        decoded.notes.append(LOSSY_NOTE.format(name=_LOSSY[int(page.compression)]))
    elif int(page.compression) in _PERHAPS_LOSSY:
        name = _PERHAPS_LOSSY[int(page.compression)]
        decoded.notes.append(PERHAPS_LOSSY_NOTE.format(name=name))
    decoded.orientation = int(tag.value) if tag and 1 <= int(tag.value) <= 8 else 1
    decoded.profile = bytes(profile.value) if profile else None
    return decoded


def _main_page(file: tifffile.TiffFile) -> Any:
    """Return the first page that is no reduced copy of another; cameras put thumbnails first."""
    for page in _pages(file):
        if not page.is_reduced:
            return page
    return file.pages.first


def _pages(file: tifffile.TiffFile) -> Iterator[Any]:
    for page in file.pages:
        full = page.aspage()
        yield full
        yield from full.pages or ()


def _name(code: Any) -> str:
    """Name a tag's value, which is a plain number where tifffile does not know it."""
    return str(getattr(code, "name", code))


def _check_tags(page: Any, content: bytes) -> None:
    """Refuse a page with a tag that tifffile left out, as its value lies behind the file's end."""
    form = page.parent.tiff
    start = page.offset + form.tagnosize
    (count,) = struct.unpack_from(form.tagnoformat, content, page.offset)
    if start + count * form.tagsize > len(content):
        raise ImageError("its directory is cut off")
    codes = {
        struct.unpack_from(f"{form.byteorder}H", content, start + number * form.tagsize)[0]
        for number in range(count)
    }
    lost = sorted(code for code in codes & _NEEDED if code not in page.tags)
    if lost:
        raise ImageError(f"its tag {lost[0]} cannot be read")


def _check_complete(page: Any, size: int) -> None:
    """Refuse a page without some of its pixels: tifffile makes them black, and codecs gray."""
    wanted = prod(page.chunked)
    there = sum(count > 0 for count in page.databytecounts)
    if there < wanted:
        raise ImageError(f"only {there} of its {wanted} strips or tiles are there")
    ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=False))
    if int(page.compression) in {*_LOSSY, *_PERHAPS_LOSSY} and max(ends, default=0) > size:
        raise ImageError("its pixels are cut off")


def _unpacked(page: Any) -> NDArray[Any]:
    """Return what the page holds, in the order of its axes."""
    if int(page.compression) in _LOSSY and int(page.planarconfig) == _SEPARATE:
        # Each plane is a gray JPEG of its own, and not to be unpacked as RGB.
        page.photometric = tifffile.PHOTOMETRIC.MINISBLACK
    samples: NDArray[Any] = page.asarray()
    return samples


def _samples(page: Any) -> Decoded:
    """Return samples over their whole range, channels last, and alpha apart."""
    samples: NDArray[Any] = np.squeeze(_unpacked(page))
    samples = samples.reshape(page.shape)
    if page.axes and page.axes[0] == "S":
        samples = np.moveaxis(samples, 0, -1)
    if samples.ndim not in {2, 3}:
        raise ImageError(f"its page has the axes {page.axes}: expected one image")
    depth = None
    if samples.dtype.kind in "ub" and samples.dtype.itemsize <= 2:
        if _name(page.photometric) == "PALETTE":
            samples = samples.astype(np.uint16 if samples.dtype.itemsize == 2 else np.uint8)
        else:
            samples, depth = full_range(samples, (1 << int(page.bitspersample)) - 1)
    elif samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    elif samples.dtype.kind != "f":
        raise ImageError(
            f"it holds samples of type {samples.dtype}: expected up to 16 bits without sign, or "
            "floats in [0, 1]"
        )
    decoded = Decoded(samples.astype(samples.dtype.newbyteorder("="), copy=False), depth=depth)
    return _without_extra_channels(decoded, page)


def _without_extra_channels(decoded: Decoded, page: Any) -> Decoded:
    """Split alpha off, and leave out further channels with a note."""
    if decoded.samples.ndim == 2:
        return decoded
    extra = [_name(code) for code in page.extrasamples]
    if not extra and decoded.samples.shape[2] == 2:
        extra = ["UNSPECIFIED"]  # Not said what it is: so not known to be alpha.
    channels, colours = decoded.samples, decoded.samples.shape[2] - len(extra)
    decoded.samples = channels[:, :, :colours]
    place = next((n for n, kind in enumerate(extra) if kind in _ALPHA), None)
    if place is not None:
        decoded.alpha = channels[:, :, colours + place]
        if extra[place] == "ASSOCALPHA":
            decoded.samples = _unmultiplied(decoded.samples, decoded.alpha)
            decoded.notes.append(
                "its colours had been multiplied by alpha: they were divided by it"
            )
    if left_out := len(extra) - (place is not None):
        decoded.notes.append(
            f"left out, as neither colour nor alpha: {left_out} of its {channels.shape[2]} channels"
        )
    return decoded


def _unmultiplied(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Divide colours by their alpha; what is fully transparent stays as it is stored."""
    white = np.iinfo(colours.dtype).max if colours.dtype.kind == "u" else 1
    factor = np.divide(white, alpha, out=np.ones(alpha.shape), where=alpha > 0)
    divided = colours * factor[:, :, np.newaxis]
    if colours.dtype.kind == "u":
        divided = np.rint(divided)
    clipped: NDArray[Any] = np.clip(divided, 0, white).astype(colours.dtype)
    return clipped
