"""The Fourier spectrum of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from percept_adv.threads import thread_count
from percept_adv.views.channels import each_channel
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOOR, _DECADES = 1e-6, 6.0
"""Black is a millionth of the greatest possible magnitude; white is six decades above it."""


def _log_magnitude(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = (np.hanning(size + 2)[1:-1].astype(np.float32) for size in channel.shape)
    window = rows[:, None] * columns
    centred = (channel - channel.mean()) * window
    transform = scipy.fft.fftshift(scipy.fft.fft2(centred, workers=thread_count()))
    spectrum = np.abs(transform) / window.sum()
    decades: NDArray[np.float32] = np.log10(np.maximum(spectrum, _FLOOR) / _FLOOR)
    return (decades / np.float32(_DECADES)).astype(np.float32)


def _spectrum(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return each_channel(_log_magnitude, image)


SPECTRUM = View(
    "spectrum",
    "Fourier spectrum",
    "The logarithm of the magnitude under a Hann window, frequency 0 in the middle: periodic "
    "patterns, resizing and JPEG blocks show as points and lines; where in the image a change "
    "lies it cannot show.",
    _spectrum,
    signed=False,
)
