"""What a Wiener filter takes for noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from percept_adv.views.channels import each_channel
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = 5


def _residual(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    # The filter sees zeros beyond the border, which would count as a great step.
    padded = np.pad(channel, _WINDOW // 2, mode="symmetric")
    # Where a window is flat, the filter divides 0 by 0; it removes nothing there.
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = padded - scipy.signal.wiener(padded, _WINDOW)
    inner = slice(_WINDOW // 2, -(_WINDOW // 2))
    kept: NDArray[np.float32] = np.nan_to_num(residual[inner, inner], nan=0.0).astype(np.float32)
    return kept


def _noise_residual(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return each_channel(_residual, image)


NOISE_RESIDUAL = View(
    "noise_residual",
    "Noise residual",
    "The image minus its Wiener filter (5 x 5 pixels): sensor noise, compression and "
    "perturbations alike; a smooth perturbation is no noise and does not appear.",
    _noise_residual,
    signed=True,
    scale=8.0,
)
