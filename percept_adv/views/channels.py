"""Applying a filter of one channel to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def each_channel(
    function: Callable[[NDArray[np.float32]], NDArray[np.float32]], image: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return ``function`` of each channel of ``(H, W)`` or ``(H, W, C)``."""
    if image.ndim == 2:
        return function(image)
    channels = for_each_item(lambda c: function(image[:, :, c]), image.shape[2])
    return np.stack(channels, axis=2)
