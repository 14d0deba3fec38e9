"""What the first bits of a JPEG XL file say: ISO/IEC 18181-1, SizeHeader and ImageMetadata."""

from __future__ import annotations

from dataclasses import dataclass

CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_SIDES = ((1, 9), (1, 13), (1, 18), (1, 30))
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
"""Width over height by code."""
_PREVIEW_BLOCKS = ((16, 0), (32, 0), (1, 5), (33, 9))
_PREVIEW_SIDES = ((1, 6), (65, 8), (321, 10), (1345, 12))
_NUMERATOR = ((100, 0), (1000, 0), (1, 10), (1, 30))
_DENOMINATOR = ((1, 0), (1001, 0), (1, 8), (1, 10))
_LOOPS = ((0, 0), (0, 3), (0, 16), (0, 32))
_INTEGER_BITS = ((8, 0), (10, 0), (12, 0), (1, 6))
_HEADER_SIZE = 64
"""Bytes: more than all that is read here can take."""


@dataclass(frozen=True, slots=True)
class Header:
    """Of a codestream.

    Attributes
    ----------
    width, height
        As stored, before the image is turned upright.
    bits
        Of a sample, where they are integers; 8 for floats, too.
    animated
        Whether there may be more than one frame.
    """

    width: int
    height: int
    bits: int
    animated: bool


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, content: bytes) -> None:
        self._left = int.from_bytes(content, "little")

    def take(self, count: int) -> int:
        value = self._left & ((1 << count) - 1)
        self._left >>= count
        return value

    def choose(self, forms: tuple[tuple[int, int], ...]) -> int:
        """Read two bits for one of four forms: what it begins at, and the bits added to that."""
        first, count = forms[self.take(2)]
        return first + self.take(count)


def read_header(content: bytes) -> Header:
    """Read the header of a file or of a bare codestream."""
    start = 0
    if content.startswith(CONTAINER):
        # The codestream is whole in a box jxlc, or its first part behind a number in jxlp.
        start = content.find(b"jxlc") + 4
        if start == 3:
            start = content.find(b"jxlp") + 8
    bits = _Bits(content[start + 2 : start + 2 + _HEADER_SIZE])
    width, height = _size(bits)
    plain = bits.take(1)
    depth, animated = (8, False) if plain else _metadata(bits)
    return Header(width, height, depth, animated)


def _size(bits: _Bits) -> tuple[int, int]:
    in_blocks = bits.take(1)

    def side() -> int:
        return (bits.take(5) + 1) * 8 if in_blocks else bits.choose(_SIDES)

    height, ratio = side(), bits.take(3)
    if ratio == 0:
        return side(), height
    numerator, denominator = _RATIOS[ratio]
    return height * numerator // denominator, height


def _metadata(bits: _Bits) -> tuple[int, bool]:
    """Return the bits of a sample, and whether it is an animation."""
    animated = False
    if bits.take(1):  # There are extra fields.
        bits.take(3)  # The orientation, which libjxl applies.
        if bits.take(1):
            _size(bits)  # Of display.
        if bits.take(1):
            _skip_preview(bits)
        animated = bool(bits.take(1))
        if animated:
            for forms in (_NUMERATOR, _DENOMINATOR, _LOOPS):
                bits.choose(forms)
            bits.take(1)
    floats = bits.take(1)
    return (8 if floats else bits.choose(_INTEGER_BITS)), animated


def _skip_preview(bits: _Bits) -> None:
    forms = _PREVIEW_BLOCKS if bits.take(1) else _PREVIEW_SIDES
    bits.choose(forms)
    if bits.take(3) == 0:
        bits.choose(forms)
