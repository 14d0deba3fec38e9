"""Reading, writing and listing image files: the only place that knows file formats.

Everywhere else an image is a float array in [0, 1], ``(H, W)`` or ``(H, W, C)``.
"""

from __future__ import annotations

from percept_adv.images.content import content_sha256, read_content
from percept_adv.images.finding import Found, Search, counterpart, find_images, search_images
from percept_adv.images.formats import SUFFIXES
from percept_adv.images.limits import check_memory
from percept_adv.images.masks import read_mask
from percept_adv.images.reading import read_image, read_pixels, read_stored
from percept_adv.images.record import Image
from percept_adv.images.resizing import resize_to
from percept_adv.images.transparency import (
    Blend,
    Transparency,
    as_compared,
    parse_transparency,
)
from percept_adv.images.values import as_array, checked_image, from_uint8, to_uint8, to_uint16
from percept_adv.images.writing import (
    atomic_write,
    check_place,
    encode_png,
    make_folder,
    write_png,
    write_text,
)

__all__ = [
    "SUFFIXES",
    "Blend",
    "Found",
    "Image",
    "Search",
    "Transparency",
    "as_array",
    "as_compared",
    "atomic_write",
    "check_memory",
    "check_place",
    "checked_image",
    "content_sha256",
    "counterpart",
    "encode_png",
    "find_images",
    "from_uint8",
    "make_folder",
    "parse_transparency",
    "read_content",
    "read_image",
    "read_mask",
    "read_pixels",
    "read_stored",
    "resize_to",
    "search_images",
    "to_uint8",
    "to_uint16",
    "write_png",
    "write_text",
]
