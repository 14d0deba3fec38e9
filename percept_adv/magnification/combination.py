"""The last step of eq. 22: the difference over a mixture of both deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.compilation import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


def combine(
    difference: NDArray[Any],
    deviation: NDArray[Any],
    floor: NDArray[Any],
    beta: float,
    signal: NDArray[Any],
) -> None:
    """Write ``difference / (beta * deviation + floor)``, and 0 where the divisor is 0.

    Parameters
    ----------
    difference, deviation
        ``x - mu`` and sigma_local, ``(H, W, C)``; pixels of a row without gaps.
    floor
        ``(1 - beta) * sigma_global``, ``(C,)``.
    beta
        In [0, 1].
    signal
        ``(H, W, C)``, written; may be ``difference`` itself.
    """
    # One loop over the samples of a row becomes vector code, two over pixels and channels do not.
    rows = [array.reshape(len(array), -1) for array in (difference, deviation, signal)]
    floors = np.tile(floor, difference.shape[1])
    _combine(rows[0], rows[1], floors, difference.dtype.type(beta), rows[2])


@kernel()
def _combine(
    difference: Any, deviation: Any, floor: Any, beta: Any, signal: Any
) -> None:  # pragma: no cover - compiled
    # Of the arrays' own type: a plain 0 would make all of it double precision.
    nought = signal.dtype.type(0)
    for y in range(difference.shape[0]):
        for x in range(difference.shape[1]):
            divisor = deviation[y, x] * beta + floor[x]
            quotient = difference[y, x] / divisor
            signal[y, x] = quotient if divisor > 0 else nought
