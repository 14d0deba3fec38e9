"""What guided smoothing of an image by itself removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.smoothing import GuidedSmoother
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _residual(image: NDArray[np.float32]) -> NDArray[np.float32]:
    smoothed = GuidedSmoother(image, tol=1e-4).smooth(image)
    return (image - smoothed).astype(np.float32)


GUIDED_RESIDUAL = View(
    "guided_residual",
    "Guided residual",
    "The image minus its guided smoothing, x - s(x) with alpha 0.997 (eq. 9): what does not follow "
    "the image's own pixel graph; a smooth attack follows it, and is what this view misses.",
    _residual,
    signed=True,
    scale=4.0,
)
