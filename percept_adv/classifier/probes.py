"""Images to try a model on that look like images: black, white and noise are unlike all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def photograph_like(
    shape: tuple[int, int, int], count: int, *, seed: int = 0
) -> NDArray[np.float32]:
    """Return images with the spectrum of photographs: amplitudes fall as 1 / frequency.

    Parameters
    ----------
    shape
        (H, W, C).
    count
        How many.
    seed
        Of the phases.

    Returns
    -------
    (count, H, W, C) in [0, 1], from dark to light in each image; the images differ in brightness.

    Notes
    -----
    D. J. Field, "Relations between the statistics of natural images and the response properties
    of cortical cells", J. Opt. Soc. Am. A, 1987.
    """
    height, width, channels = shape
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1.0
    noise = np.random.default_rng(seed).standard_normal((count, channels, height, width))
    # What all channels share is most of what a photograph shows.
    noise += 2 * noise.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft2(noise) / frequency
    spectrum[..., 0, 0] = 0
    images = np.fft.irfft2(spectrum, (height, width)).transpose(0, 2, 3, 1)
    images /= 3 * np.maximum(images.std(axis=(1, 2, 3), keepdims=True), 1e-12)
    brightness = np.linspace(0.35, 0.65, count)[:, None, None, None]
    return np.clip(brightness + images / 2, 0, 1).astype(np.float32)
