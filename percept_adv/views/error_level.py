"""What storing an image as JPEG once more would change."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from percept_adv.images import from_uint8, to_uint8
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUALITY = 90


def _error_level(image: NDArray[np.float32]) -> NDArray[np.float32]:
    stored = to_uint8(image)
    kept = io.BytesIO()
    Pillow.fromarray(stored).save(kept, "JPEG", quality=_QUALITY)
    with Pillow.open(kept) as decoded:
        again = np.asarray(decoded)
    error: NDArray[np.float32] = from_uint8(stored, np.float32)
    error -= from_uint8(again, np.float32)
    np.abs(error, out=error)
    return error


ERROR_LEVEL = View(
    "error_level",
    "Error level",
    "What JPEG of quality 90 would change: parts with another history of compression differ from "
    "the rest; in an image that was never a JPEG it shows detail and nothing else.",
    _error_level,
    signed=False,
    scale=12.0,
)
