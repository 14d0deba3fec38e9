"""From a photograph to what the network sees, on the grid of what can be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.images import from_uint8, resize_to, to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier.contract import InputContract
    from percept_adv.images import Image


def fit_image(image: Image, contract: InputContract) -> tuple[NDArray[np.float32], list[str]]:
    """Return an image as a classifier takes it, and what was done to it in words.

    Parameters
    ----------
    image
        As read from its file.
    contract
        The classifier's input contract.

    Returns
    -------
    (H, W, C) floats in [0, 1], each a multiple of 1/255: the original of an attack must
    itself be something that can be stored.

    Raises
    ------
    ShapeError
        If the size or the channels do not fit and the contract does not allow changing them.
    """
    notes = list(image.warnings)
    pixels = image.as_float(np.float32)
    pixels = _with_channels(pixels, contract, str(image.path), notes)
    size = contract.size
    if size is not None and pixels.shape[:2] != size:
        if contract.resize == "none":
            raise ShapeError(
                f"{image.path} has {pixels.shape[0]} x {pixels.shape[1]} pixels: the model takes "
                f"{size[0]} x {size[1]}; resize it first"
            )
        notes.append(
            f"centre square resized from {pixels.shape[0]} x {pixels.shape[1]} to {size[0]} x "
            f"{size[1]} pixels; the attack works at that size"
        )
        pixels = resize_to(pixels, *size)
    if image.bit_depth != 8:
        notes.append(f"rounded from {image.bit_depth} to 8 bits")
    return from_uint8(to_uint8(pixels), np.float32), notes


def _with_channels(
    pixels: NDArray[np.float32], contract: InputContract, name: str, notes: list[str]
) -> NDArray[np.float32]:
    if pixels.ndim == 2:
        if contract.channels == 3:
            notes.append("grey image given to a colour model: its channel is repeated")
        return np.repeat(pixels[:, :, np.newaxis], contract.channels, axis=2)
    if contract.channels == 1:
        raise ShapeError(f"{name} is a colour image: the model takes grey ones; convert it first")
    return pixels
