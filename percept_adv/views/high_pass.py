"""What a Gaussian blur removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from percept_adv.views.view import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIGMA = 2.0


def _high_pass(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return image - cv2.GaussianBlur(image, (0, 0), _SIGMA, borderType=cv2.BORDER_REFLECT)


HIGH_PASS = View(
    "high_pass",
    "High-pass",
    "The image minus its Gaussian blur of 2 pixels: fine detail of any origin; edges and texture "
    "outshine a faint perturbation, which it cannot tell from them.",
    _high_pass,
    signed=True,
    scale=4.0,
)
