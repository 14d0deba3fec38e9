"""sigma_global of eq. 22: the standard deviation of each channel of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.compilation import kernel
from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND = 64


def global_deviation(channels: NDArray[Any]) -> NDArray[Any]:
    """Return the standard deviation of each channel of ``(H, W, C)``, dividing by n.

    Summed in float64, first along each row and then over the rows, so that no array of
    the image's size is made and the number of threads changes no bit.
    """
    pixels = channels.shape[0] * channels.shape[1]
    # Differences to a value of the image itself vanish exactly where all values are equal.
    first = channels[0, 0].astype(np.float64)
    mean = first + _summed(_row_sums, channels, first) / pixels
    squares = _summed(_row_squares, channels, mean)
    deviation: NDArray[Any] = np.sqrt(squares / pixels).astype(channels.dtype)
    return deviation


def _summed(row_sums: Any, channels: NDArray[Any], centre: NDArray[Any]) -> NDArray[Any]:
    """Add up what ``row_sums`` makes of each row, ``(C,)``."""
    sums = np.zeros((channels.shape[0], channels.shape[2]))

    def band(start: int, stop: int) -> None:
        row_sums(channels[start:stop], centre, sums[start:stop])

    for_each_band(band, len(sums), band=_BAND)
    total: NDArray[Any] = sums.sum(axis=0)
    return total


@kernel()
def _row_sums(rows: Any, centre: Any, sums: Any) -> None:  # pragma: no cover - compiled
    """Add the differences to the centre, for each row and channel."""
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            for c in range(rows.shape[2]):
                sums[y, c] += np.float64(rows[y, x, c]) - centre[c]


@kernel()
def _row_squares(rows: Any, centre: Any, sums: Any) -> None:  # pragma: no cover - compiled
    """Add the squared differences to the centre, for each row and channel."""
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            for c in range(rows.shape[2]):
                difference = np.float64(rows[y, x, c]) - centre[c]
                sums[y, c] += difference * difference
