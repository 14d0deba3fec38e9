"""What the corpus is made of: samples, cases, and makers of files."""

import io
import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import tifffile
from PIL import Image as Pillow

RANDOM = np.random.default_rng(19)
HEIGHT, WIDTH = 12, 17


def levels(maximum, *channels, kind=np.uint16):
    return RANDOM.integers(0, maximum + 1, (HEIGHT, WIDTH, *channels)).astype(kind)


RGB8, RGB16 = levels(255, 3, kind=np.uint8), levels(65535, 3)
GRAY8, GRAY16 = RGB8[:, :, 0].copy(), RGB16[:, :, 0].copy()
ALPHA8 = np.where(np.arange(WIDTH) < 5, 0, levels(254, kind=np.uint8) + 1).astype(np.uint8)
ALPHA16 = ALPHA8.astype(np.uint16) * 257
FLOATS = RANDOM.random((HEIGHT, WIDTH)).astype(np.float32)
# What lossy codecs change little.
SMOOTH8 = cv2.GaussianBlur(levels(255, 3, kind=np.uint8), (0, 0), 4, borderType=cv2.BORDER_REFLECT)

XMP_TURNED = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
"""Of orientations, nearly all software obeys that in EXIF data only."""


@dataclass
class Case:
    """A file; ``expected`` integers are divided by the largest value of their type."""

    name: str
    content: bytes
    expected: np.ndarray
    opaque: np.ndarray | None = None
    tolerance: float = 0.0
    says: str | None = None

    @property
    def pixels(self):
        """The expected values in [0, 1]."""
        if self.expected.dtype.kind == "f":
            return self.expected.astype(np.float64)
        return self.expected / np.iinfo(self.expected.dtype).max


def tiff(samples, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, **options)
    return stream.getvalue()


def pillow(samples, kind, mode=None, **options):
    stream = io.BytesIO()
    picture = samples if isinstance(samples, Pillow.Image) else Pillow.fromarray(samples)
    if mode is not None:
        picture = picture.convert(mode)
    picture.save(stream, format=kind, **options)
    return stream.getvalue()


def with_chunks(png, *chunks):
    """Insert chunks (name, data, checksum or None) behind the header of a PNG."""
    made = b""
    for name, data, checksum in chunks:
        right = zlib.crc32(name + data)
        made += struct.pack(">I", len(data)) + name + data
        made += struct.pack(">I", right if checksum is None else checksum)
    return png[:33] + made + png[33:]


def png_of_depth(samples, depth):
    """A gray PNG of 1, 2 or 4 bits; Pillow writes none of 2 and 4."""
    bits = np.unpackbits(samples[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - depth :]
    rows = np.packbits(bits.reshape(len(samples), -1), axis=1)
    data = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")):
        png += struct.pack(">I", len(content)) + name + content
        png += struct.pack(">I", zlib.crc32(name + content))
    return png


def with_palette_of_two(bits, levels):
    """A TIFF of one bit a pixel and two colours; ``levels`` are pairs for red, green and blue."""
    pixels = np.packbits(bits, axis=1).tobytes()
    entries = [257 * level for pair in levels for level in pair]
    # Tags: width, height, bits, compression, photometric, place, samples, rows, size, palette.
    tags = [(256, 3, 1, bits.shape[1]), (257, 3, 1, bits.shape[0]), (258, 3, 1, 1), (259, 3, 1, 1),
            (262, 3, 1, 3), (273, 4, 1, 8 + 2 + 120 + 4 + 12), (277, 3, 1, 1),
            (278, 3, 1, bits.shape[0]), (279, 4, 1, len(pixels)),
            (320, 3, 6, 8 + 2 + 120 + 4)]  # fmt: skip
    made = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, kind, count, value in tags:
        made += struct.pack("<HHII", tag, kind, count, value)
    return made + bytes(4) + struct.pack("<6H", *entries) + pixels


def over(samples, maximum):
    return samples.astype(np.float64) / maximum


def from_cmyk(samples):
    white = np.iinfo(samples.dtype).max
    ink = white - samples.astype(np.int64)
    return np.rint(ink[:, :, :3] * ink[:, :, 3:] / white).astype(samples.dtype)
