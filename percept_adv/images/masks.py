"""Masks: images that say where others may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.images.reading import read_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_mask(path: Path, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where an image may change, (H, W): wherever the mask is not black.

    Parameters
    ----------
    path
        Any image file. Of one with colours a pixel counts as black if all channels are 0.
    size
        Height and width of the image.

    Returns
    -------
    ndarray of bool
        True where the image may change.

    Raises
    ------
    ImageError
        If the file is no image.
    ShapeError
        If it has another size.

    Examples
    --------
    >>> from percept_adv.images import read_mask, write_png
    >>> file = folder / "mask.png"
    >>> write_png(file, np.eye(2))
    >>> read_mask(file, (2, 2))
    array([[ True, False],
           [False,  True]])
    """
    samples = read_image(path).samples
    if samples.shape[:2] != tuple(size):
        raise ShapeError(
            f"--mask {path} has {samples.shape[0]} x {samples.shape[1]} pixels, the image "
            f"{size[0]} x {size[1]}: give a mask of the image's size"
        )
    return np.asarray(samples.reshape(*samples.shape[:2], -1).any(axis=-1), bool)
