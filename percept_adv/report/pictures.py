"""Perturbations and magnified images as pictures that can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from skimage.util import montage

from percept_adv.images import from_uint8, to_uint8
from percept_adv.magnification import magnify, viewing_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SHOWN_SHARE = 99.5


def common_gain(perturbations: Sequence[NDArray[np.floating]]) -> float:
    """Return the factor that makes perturbations visible, one for all of them.

    The largest values but the outermost half per cent of each's changed samples reach black or
    white; a whole number, so that it can be told in a caption. 1 where there is nothing to show.
    """
    changes = [np.abs(p[p != 0]) for p in perturbations]
    extreme = max(
        (float(np.percentile(change, _SHOWN_SHARE)) for change in changes if change.size),
        default=0.0,
    )
    return float(max(1, round(0.5 / extreme))) if extreme > 0 else 1.0


def perturbation_picture(perturbation: NDArray[np.floating], gain: float) -> NDArray[np.uint8]:
    """Return 0.5 + gain r as 8 bits: no perturbation is mid-grey."""
    return to_uint8(np.clip(0.5 + gain * perturbation, 0, 1))


def magnified_picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the magnified image on the fixed scale 0.5 + mag / 3, the same for all images."""
    magnified = magnify(from_uint8(image, np.float32))
    return viewing_range([magnified], "fixed").render_8bit(magnified)


def overview(rows: Sequence[Sequence[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Return pictures of one size in rows and columns, white between them."""
    tiles = np.stack([picture for row in rows for picture in row])
    shape = (len(rows), len(rows[0]))
    grid: NDArray[np.uint8] = montage(
        tiles, grid_shape=shape, padding_width=8, fill=[255] * tiles.shape[-1], channel_axis=-1
    )
    return grid
