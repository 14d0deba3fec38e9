"""What storing an image as JPEG once more would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from percept_adv.images import from_uint8, to_uint8
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUALITY = 90


def _error_level(image: NDArray[np.float32]) -> NDArray[np.float32]:
    stored = to_uint8(image)
    # OpenCV's order of channels: only JPEG's weights of the colours depend on it.
    swapped = stored if stored.ndim == 2 else stored[:, :, ::-1]
    _, encoded = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    again = decoded if stored.ndim == 2 else decoded[:, :, ::-1]
    return np.abs(from_uint8(stored, np.float32) - from_uint8(again, np.float32))


ERROR_LEVEL = View(
    "error_level",
    "Error level",
    "What JPEG of quality 90 would change: parts with another history of compression differ from "
    "the rest; in an image that was never a JPEG it shows detail and nothing else.",
    _error_level,
    signed=False,
    scale=12.0,
)
