"""The Netpbm family: PBM, PGM, PPM, PAM and PFM, of any largest value."""

from __future__ import annotations

import io
import re

import netpbmfile
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images.decoded import Decoded, full_range
from percept_adv.images.limits import check_size

_HEADER = re.compile(rb"P(?:[1-6fF]\s\s*(?:#[^\n]*\n\s*)*\d|F4\s|7\s)")
_EXTRA_NOTE = "what follows the first image was left out"


def is_netpbm(content: bytes) -> bool:
    """Tell a Netpbm file by its magic number and the width behind it."""
    return _HEADER.match(content) is not None


def decode_netpbm(content: bytes) -> Decoded:
    """Decode the first image of a Netpbm file."""
    with netpbmfile.NetpbmFile(io.BytesIO(content)) as file:
        check_size(file.width, file.height, channels=file.depth, sample_bytes=file.dtype.itemsize)
        samples = np.asarray(file.asarray())
        magic, maximum, axes = file.magicnumber, int(file.maxval), file.axes
    notes = []
    if axes.startswith("I"):
        samples = samples[0]
        notes.append(_EXTRA_NOTE)
    if magic in {"Pf", "PF"}:
        # PFM holds its rows from the bottom up.
        decoded = Decoded().take(samples[::-1].astype(np.float32))
    else:
        depth = None
        if magic in {"P1", "P4"}:
            samples = ~samples.astype(bool)  # 1 is black in a bitmap.
        elif samples.max(initial=0) > maximum:
            raise ImageError(f"a sample is larger than {maximum}, the largest that it declares")
        samples, depth = full_range(samples, maximum)
        decoded = Decoded().take(samples)
        decoded.depth = depth
    decoded.notes = notes
    return decoded
