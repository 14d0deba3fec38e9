"""The marker segments of a JPEG: what stands in the file beside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = b"\xff\xd8"
_SCAN, _COMMENT, _EXTENSION = 0xDA, 0xFE, 0xE2
_APPLICATIONS = range(0xE0, 0xF0)
_BASELINE_LIKE = frozenset({0xC0, 0xC1, 0xC2})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ADOBE = b"Adobe"
_EXIF = 0xE1
_EXIF_HEADER = b"Exif\x00\x00"
_ORIENTATION_TAG = 0x0112
_MORE_PICTURES = b"MPF\x00"
_LENGTH_OF_LENGTH = 2


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and payload of each segment in front of the first scan."""
    position = len(_START)
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:  # Fill bytes may precede a marker.
            position += 1
            continue
        if marker == _SCAN:
            return
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        begin = position + 2 + _LENGTH_OF_LENGTH
        yield marker, content[begin : position + 2 + length]
        position += 2 + length


def why_unkept(content: bytes) -> str | None:
    """Say why a JPEG's coefficients cannot be kept, or return None where they can."""
    adobe_transform = None
    for marker, payload in segments(content):
        if marker == 0xEE and payload.startswith(_ADOBE) and len(payload) > 11:
            adobe_transform = payload[11]
        if marker not in _FRAMES:
            continue
        if marker not in _BASELINE_LIKE:
            coded = "arithmetic coding" if marker >= 0xC9 else "lossless or hierarchical coding"
            return f"it uses {coded}"
        if payload[0] != 8:
            return f"it has {payload[0]} bits a sample"
        channels = payload[5]
        if channels not in {1, 3}:
            return "it is CMYK" if channels == 4 else f"it has {channels} channels"
        names = bytes(payload[6 + 3 * i] for i in range(channels))
        unconverted = adobe_transform == 0 or (adobe_transform is None and names == b"RGB")
        if channels == 3 and unconverted:
            return "it stores RGB instead of luminance and chrominance"
        return None
    return "it has no frame that could be read"


def metadata(content: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the segments that say what the picture is: EXIF, ICC, XMP, comments and the like.

    An index of further pictures in the same file is left out, as they are not kept.
    """
    return tuple(
        (marker, payload)
        for marker, payload in segments(content)
        if (marker in _APPLICATIONS or marker == _COMMENT)
        and not (marker == _EXTENSION and payload.startswith(_MORE_PICTURES))
    )


def read_orientation(content: bytes) -> int:
    """Return the EXIF orientation of a JPEG, 1 where it has none."""
    for marker, payload in segments(content):
        if marker == _EXIF and (found := _orientation(payload)):
            byte_order, position = found
            return int.from_bytes(payload[position : position + 2], byte_order)
    return 1


def upright(kept: tuple[tuple[int, bytes], ...]) -> tuple[tuple[int, bytes], ...]:
    """Return metadata whose EXIF orientation, if there is one, is that of an upright picture."""
    return tuple(
        (marker, _set_upright(payload) if marker == _EXIF else payload) for marker, payload in kept
    )


def _set_upright(payload: bytes) -> bytes:
    found = _orientation(payload)
    if found is None:
        return payload
    byte_order, position = found
    return payload[:position] + (1).to_bytes(2, byte_order) + payload[position + 2 :]


def _orientation(payload: bytes) -> tuple[Literal["little", "big"], int] | None:
    """Return byte order and position of the orientation in an EXIF segment (TIFF's first IFD)."""
    tiff = len(_EXIF_HEADER)
    if not payload.startswith(_EXIF_HEADER) or len(payload) < tiff + 8:
        return None
    order: Literal["little", "big"] = "little" if payload[tiff : tiff + 2] == b"II" else "big"
    directory = tiff + int.from_bytes(payload[tiff + 4 : tiff + 8], order)
    count = int.from_bytes(payload[directory : directory + 2], order)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        if entry + 12 > len(payload):
            return None
        if int.from_bytes(payload[entry : entry + 2], order) == _ORIENTATION_TAG:
            return order, entry + 8
    return None


def with_metadata(content: bytes, kept: tuple[tuple[int, bytes], ...]) -> bytes:
    """Return a JPEG whose metadata are replaced by those given."""
    if not kept:
        return content
    own = sum(len(payload) + 2 + _LENGTH_OF_LENGTH for _, payload in _leading(content))
    head = b"".join(
        bytes((0xFF, marker)) + (len(payload) + _LENGTH_OF_LENGTH).to_bytes(2, "big") + payload
        for marker, payload in kept
    )
    return _START + head + content[len(_START) + own :]


def _leading(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the application segments that a file begins with."""
    for marker, payload in segments(content):
        if marker not in _APPLICATIONS:
            return
        yield marker, payload
