"""How large an image may be: one limit for all formats, and what memory allows."""

from __future__ import annotations

import os

from percept_adv.errors import ImageError, ParameterError
from percept_adv.memory import available_memory

MAX_PIXELS_VARIABLE = "PERCEPT_ADV_MAX_PIXELS"
DEFAULT_MAX_PIXELS = 250_000_000
_COPIES = 2
"""Decoders hold the samples once more, or the file unpacked."""


def max_pixels() -> int:
    """Return the most pixels that an image file may have.

    The environment variable ``PERCEPT_ADV_MAX_PIXELS`` sets them, as does ``--max-pixels``;
    250 million otherwise.

    Raises
    ------
    ParameterError
        If the variable is no positive whole number.
    """
    text = os.environ.get(MAX_PIXELS_VARIABLE)
    if text is None:
        return DEFAULT_MAX_PIXELS
    if not text.isdecimal() or int(text) < 1:
        raise ParameterError(f"{MAX_PIXELS_VARIABLE} is {text!r}: give a positive whole number")
    return int(text)


def check_size(width: int, height: int, *, channels: int = 3, sample_bytes: int = 1) -> None:
    """Refuse an image before memory is taken for it.

    Raises
    ------
    ImageError
        If it has more pixels than `max_pixels`, or needs more memory than there is.
    """
    pixels = width * height
    if pixels > max_pixels():
        raise ImageError(
            f"it has {width} x {height} pixels and {max_pixels():,} are allowed: "
            f"--max-pixels {pixels} allows it, as does {MAX_PIXELS_VARIABLE}"
        )
    check_memory(pixels * channels * sample_bytes * _COPIES, "reading it")


def check_memory(needed: int, what: str) -> None:
    """Refuse work that needs more bytes than are free.

    Parameters
    ----------
    needed
        Bytes.
    what
        What needs them, at the head of the message.

    Raises
    ------
    ImageError
        If that is so.

    Examples
    --------
    >>> from percept_adv.images import check_memory
    >>> check_memory(1024, "one row")
    """
    free = available_memory()
    if needed > free:
        raise ImageError(
            f"{what} needs about {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} are "
            "free: take a smaller image or a machine with more"
        )
