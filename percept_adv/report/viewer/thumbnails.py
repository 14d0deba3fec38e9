"""Small pictures for a list."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EDGE = 112
_QUALITY = 70


def thumbnail(samples: NDArray[Any]) -> bytes:
    """Return a WebP of at most 112 pixels a side.

    Parameters
    ----------
    samples
        ``(H, W)`` or ``(H, W, 3)``: integers of the whole range of their type, or floats in [0, 1].
    """
    height, width = samples.shape[:2]
    step = max(1, min(height, width) // (4 * _EDGE))
    few = samples[::step, ::step]
    if few.dtype != np.uint8:
        top = 1.0 if few.dtype.kind == "f" else float(np.iinfo(few.dtype).max)
        few = np.rint(few.astype(np.float32) * (255 / top)).astype(np.uint8)
    picture = Pillow.fromarray(np.ascontiguousarray(few))
    picture.thumbnail((_EDGE, _EDGE), Pillow.Resampling.LANCZOS)
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=_QUALITY)
    return encoded.getvalue()
