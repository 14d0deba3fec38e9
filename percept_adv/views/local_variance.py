"""How much an image varies around each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = (7, 7)


def _deviation(image: NDArray[np.float32]) -> NDArray[np.float32]:
    # Around the mean, moments lose fewer digits.
    centred = image - image.mean(axis=(0, 1), keepdims=True)
    mean = cv2.blur(centred, _WINDOW, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(np.square(centred), _WINDOW, borderType=cv2.BORDER_REFLECT)
    deviation: NDArray[np.float32] = np.sqrt(np.maximum(square - np.square(mean), 0))
    return deviation


LOCAL_VARIANCE = View(
    "local_variance",
    "Local variance",
    "The standard deviation in 7 x 7 pixels: flat areas that are not quite flat stand out; it "
    "cannot tell texture from noise, nor noise from an attack.",
    _deviation,
    signed=False,
    scale=10.0,
)
