"""Explanations over the images that they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps

from percept_adv.images import to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHARE = 99.0
"""Percentile of a map that is shown at full strength: single pixels would darken the rest."""


def heat_picture(
    image: NDArray[np.floating], heat: NDArray[np.floating], *, opacity: float = 0.6
) -> NDArray[np.uint8]:
    """Lay a map in colours over a grey copy of its image.

    Parameters
    ----------
    image
        (H, W, C) in [0, 1].
    heat
        (H, W), at least 0.
    opacity
        Of the colours, in [0, 1].

    Returns
    -------
    ndarray of uint8
        (H, W, 3). The range of colours ends at the map's 99th percentile.

    Examples
    --------
    >>> from percept_adv.explanation import heat_picture
    >>> heat_picture(np.zeros((4, 4, 1)), np.eye(4)).shape
    (4, 4, 3)
    """
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
    highest = float(np.percentile(heat, _SHARE)) or float(heat.max()) or 1.0
    share = np.clip(heat / highest, 0, 1)
    colours = colormaps["inferno"](share)[..., :3]
    return to_uint8((1 - opacity) * grey + opacity * colours)
