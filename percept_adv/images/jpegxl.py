"""JPEG XL of up to 16 bits, or floats."""

from __future__ import annotations

import imagecodecs
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images.decoded import PERHAPS_LOSSY_NOTE, Decoded
from percept_adv.images.limits import check_size

_CONTAINER, _CODESTREAM = b"\0\0\0\x0cJXL \r\n\x87\n", b"\xff\x0a"
_BITS_OF_SIZES = (9, 13, 18, 30)
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
"""Width over height by code; ISO/IEC 18181-1, the SizeHeader bundle."""


def is_jpeg_xl(content: bytes) -> bool:
    """Tell a JPEG XL file or a bare codestream."""
    return content.startswith((_CONTAINER, _CODESTREAM))


def decode_jpeg_xl(content: bytes) -> Decoded:
    """Decode JPEG XL, which libjxl turns upright itself."""
    if not imagecodecs.JPEGXL.available:
        raise ImageError(
            "it is a JPEG XL image, which the installed imagecodecs cannot read: "
            "pip install --upgrade imagecodecs"
        )
    width, height = _size(content)
    check_size(width, height, channels=4, sample_bytes=2)
    samples = imagecodecs.jpegxl_decode(content)
    if samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    decoded = Decoded().take(samples)
    decoded.notes.append(PERHAPS_LOSSY_NOTE.format(name="JPEG XL"))
    return decoded


def _size(content: bytes) -> tuple[int, int]:
    """Return width and height from the codestream's first bits, the lowest first."""
    start = 0
    if content.startswith(_CONTAINER):
        # The codestream is whole in a box jxlc, or its first part behind a number in jxlp.
        start = content.find(b"jxlc") + 4
        if start == 3:
            start = content.find(b"jxlp") + 8
    bits = int.from_bytes(content[start + 2 : start + 14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    small = take(1)

    def side() -> int:
        return (take(5) + 1) * 8 if small else take(_BITS_OF_SIZES[take(2)]) + 1

    height, ratio = side(), take(3)
    if ratio == 0:
        return side(), height
    numerator, denominator = _RATIOS[ratio]
    return height * numerator // denominator, height
