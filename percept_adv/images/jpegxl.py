"""JPEG XL of up to 16 bits, or floats."""

from __future__ import annotations

import imagecodecs
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images.decoded import PERHAPS_LOSSY_NOTE, Decoded, full_range
from percept_adv.images.jpegxl_header import CONTAINER, Header, read_header
from percept_adv.images.limits import check_size

_CODESTREAM = b"\xff\x0a"
_ANIMATION_NOTE = "only the first frame of an animation was read"


def is_jpeg_xl(content: bytes) -> bool:
    """Tell a JPEG XL file or a bare codestream."""
    return content.startswith((CONTAINER, _CODESTREAM))


def decode_jpeg_xl(content: bytes) -> Decoded:
    """Decode JPEG XL, which libjxl turns upright itself."""
    if not imagecodecs.JPEGXL.available:
        raise ImageError(
            "it is a JPEG XL image, which the installed imagecodecs cannot read: "
            "pip install --upgrade imagecodecs"
        )
    header = read_header(content)
    check_size(header.width, header.height, channels=4, sample_bytes=2)
    samples = imagecodecs.jpegxl_decode(content, index=0 if header.animated else None)
    decoded = _full_range(samples, header)
    if header.animated:
        decoded.notes.append(_ANIMATION_NOTE)
    decoded.notes.append(PERHAPS_LOSSY_NOTE.format(name="JPEG XL"))
    return decoded


def _full_range(samples: np.ndarray, header: Header) -> Decoded:
    """Take the samples, whose integers libjxl hands over on the scale of the file's own bits."""
    depth = None
    if samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    elif samples.dtype.kind == "u":
        samples, depth = full_range(samples, (1 << header.bits) - 1)
    decoded = Decoded().take(samples)
    decoded.depth = depth
    return decoded
