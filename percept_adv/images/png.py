"""PNG of all depths: libpng decodes, the chunks around the pixels are read here."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import imagecodecs

from percept_adv.errors import ImageError
from percept_adv.images.decoded import FRAMES_NOTE, Decoded
from percept_adv.images.limits import check_size
from percept_adv.images.orientation import exif_orientation, parse_exif

MAGIC = b"\x89PNG\r\n\x1a\n"
LONGEST_SIDE = 1_000_000
"""What libpng, and so nearly all software, takes."""
_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_METADATA_LIMIT = 1 << 24


@dataclass
class _Chunks:
    """A PNG taken apart."""

    pixels: list[bytes] = field(default_factory=list)
    """The whole chunks that the pixels need."""
    others: dict[bytes, bytes] = field(default_factory=dict)
    """The data of all other chunks."""
    damaged: list[str] = field(default_factory=list)
    """Names of chunks with a wrong checksum that the pixels do not need."""


def decode_png(content: bytes) -> Decoded:
    """Decode a PNG of 1 to 16 bits; a damaged chunk beside the pixels is noted."""
    chunks = _take_apart(content)
    if not chunks.pixels or chunks.pixels[0][4:8] != b"IHDR" or len(chunks.pixels[0]) < 25:
        raise ImageError("its header is missing")
    width, height, depth, kind = struct.unpack_from(">IIBB", chunks.pixels[0], 8)
    if max(width, height) > LONGEST_SIDE:
        raise ImageError(
            f"it is {width} x {height} pixels, and PNG readers take {LONGEST_SIDE} a side"
        )
    check_size(width, height, channels=_CHANNELS.get(kind, 4), sample_bytes=2 if depth == 16 else 1)
    decoded = Decoded().take(imagecodecs.png_decode(MAGIC + b"".join(chunks.pixels)))
    decoded.notes += [
        f"its {name} chunk is damaged (wrong checksum) and was left out" for name in chunks.damaged
    ]
    if b"acTL" in chunks.others:
        count = int.from_bytes(chunks.others[b"acTL"][:4], "big")
        decoded.notes += [FRAMES_NOTE.format(count=count)] if count > 1 else []
    if b"eXIf" in chunks.others:
        decoded.orientation, notes = exif_orientation(lambda: parse_exif(chunks.others[b"eXIf"]))
        decoded.notes += notes
    decoded.profile = _profile(chunks.others.get(b"iCCP", b""))
    return decoded


def _take_apart(content: bytes) -> _Chunks:
    chunks = _Chunks()
    start = len(MAGIC)
    while start + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, start)
        name, end = content[start + 4 : start + 8], start + 12 + length
        data = content[start + 8 : end - 4]
        if name in _PIXELS:
            chunks.pixels.append(content[start:end])
        elif not name[:1].islower():
            raise ImageError("its chunks cannot be followed")
        elif content[end - 4 : end] != struct.pack(">I", zlib.crc32(name + data)):
            chunks.damaged.append(name.decode("ascii", "replace"))
        else:
            chunks.others[name] = data
        start = end
        if name == b"IEND":
            break
    return chunks


def _profile(chunk: bytes) -> bytes | None:
    """Unpack an iCCP chunk: a name, a zero, a method, and the compressed profile."""
    _, _, packed = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _METADATA_LIMIT) or None
    except zlib.error:
        return None
