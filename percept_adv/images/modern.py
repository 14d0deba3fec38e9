"""JPEG 2000, AVIF and HEIC: formats whose samples may have more than 8 bits."""

from __future__ import annotations

import imagecodecs
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images.decoded import (
    FRAMES_NOTE,
    LOSSY_NOTE,
    Decoded,
    full_range,
)
from percept_adv.images.limits import check_size
from percept_adv.images.pillow import describe_picture, open_picture, picture_samples

_J2K_START = b"\xff\x4f\xff\x51"
_J2K_CODING = b"\xff\x52"


def is_jpeg2000(content: bytes) -> bool:
    """Tell a JP2 file or a bare codestream."""
    return content.startswith((b"\0\0\0\x0cjP  \r\n\x87\n", _J2K_START))


def decode_jpeg2000(content: bytes) -> Decoded:
    """Decode JPEG 2000 of up to 16 bits."""
    start = max(content.find(_J2K_START), 0)
    # SIZ: 38 bytes of sizes and the number of components, then of each its depth less one.
    depth = (content[start + 42] & 0x7F) + 1 if len(content) > start + 42 else 8
    with open_picture(content, ("JPEG2000",)) as picture:
        decoded = describe_picture(picture)
        if depth == 8 or picture.mode == "P":
            samples = picture_samples(picture)
        else:
            check_size(*picture.size, channels=len(picture.getbands()), sample_bytes=2)
            samples = imagecodecs.jpeg2k_decode(content)
            if samples.dtype.kind != "u" or samples.dtype.itemsize > 2:
                raise ImageError(
                    f"its samples are of type {samples.dtype}: expected up to 16 bits without sign"
                )
            samples, decoded.depth = full_range(samples, (1 << depth) - 1)
    decoded.take(samples)
    coding = content.find(_J2K_CODING, start)
    # COD: its 14th byte names the wavelet; 0 is the 9/7 one, which cannot be undone exactly.
    if 0 <= coding < len(content) - 13 and content[coding + 13] == 0:
        decoded.notes.append(LOSSY_NOTE.format(name="JPEG 2000"))
    return decoded


_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"}
_ANY_CODEC_BRANDS = {b"mif1", b"msf1"}


def _brands(content: bytes) -> tuple[bytes, set[bytes]]:
    """Return the major brand of an ISO media file, and those it is compatible with."""
    if content[4:8] != b"ftyp":
        return b"", set()
    end = min(int.from_bytes(content[:4], "big"), len(content))
    return content[8:12], {content[place : place + 4] for place in range(16, end - 3, 4)}


def is_avif(content: bytes) -> bool:
    """Tell AVIF by its brand: the major one, or another beside one of all codecs."""
    major, others = _brands(content)
    return major in _AVIF_BRANDS or (major in _ANY_CODEC_BRANDS and bool(others & _AVIF_BRANDS))


def decode_avif(content: bytes) -> Decoded:
    """Decode AVIF of 8, 10 or 12 bits."""
    depth, monochrome = _av1_configuration(content)
    with open_picture(content, ("AVIF",)) as picture:
        decoded = describe_picture(picture)
        if depth == 8:
            samples = picture_samples(picture)
        else:
            check_size(*picture.size, channels=4, sample_bytes=2)
            frames = imagecodecs.avif_decode(content)
            frame = frames[0] if getattr(picture, "n_frames", 1) > 1 else frames
            samples, decoded.depth = full_range(frame, (1 << depth) - 1)
    decoded.take(samples)
    if monochrome and decoded.samples.ndim == 3:
        decoded.samples = decoded.samples[:, :, 0]
    decoded.notes.append(LOSSY_NOTE.format(name="AVIF"))
    return decoded


def _av1_configuration(content: bytes) -> tuple[int, bool]:
    """Return the bits of a sample, and whether there is no colour, from the box av1C."""
    start = content.find(b"av1C")
    flags = content[start + 6] if 0 <= start < len(content) - 6 else 0
    deep, deepest, monochrome = flags & 0x40, flags & 0x20, flags & 0x10
    return (12 if deepest else 10) if deep else 8, bool(monochrome)


def is_heic(content: bytes) -> bool:
    """Tell HEIC by its brand; what names no codec is tried as HEIC."""
    major, _ = _brands(content)
    return major in _HEIC_BRANDS or (major in _ANY_CODEC_BRANDS and not is_avif(content))


def decode_heic(content: bytes) -> Decoded:
    """Decode HEIC of 8 to 12 bits, which libheif turns upright itself.

    Raises
    ------
    ImageError
        If the extra ``heic`` is not installed.
    """
    try:
        import pillow_heif  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise ImageError(
            "it is a HEIC image: pip install 'percept-adv[heic]' adds what reads it"
        ) from error
    file = pillow_heif.open_heif(content, convert_hdr_to_8bit=False)
    depth = int(file.info.get("bit_depth", 8))
    check_size(*file.size, channels=4, sample_bytes=1 if depth == 8 else 2)
    samples = np.asarray(file)
    depth_left = None
    if depth > 8:
        # Handed over as the upper bits of 16.
        samples, depth_left = full_range(samples >> (16 - depth), (1 << depth) - 1)
    decoded = Decoded().take(samples)
    decoded.depth = depth_left
    decoded.profile = file.info.get("icc_profile") or None
    if len(file) > 1:
        decoded.notes.append(FRAMES_NOTE.format(count=len(file)))
    decoded.notes.append(LOSSY_NOTE.format(name="HEIC"))
    return decoded
