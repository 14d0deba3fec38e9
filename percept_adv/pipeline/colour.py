"""Colour mode: grey from RGB by the library's weights, RGB from grey by repeating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import cv2
import numpy as np
from PIL import Image as Pillow

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.choices import check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
"""ITU-R BT.601, as both libraries have it, in fixed-point arithmetic of their own."""


@dataclass(frozen=True, slots=True)
class ColourMode:
    """Give images the channels that the model takes.

    Attributes
    ----------
    mode
        ``"RGB"`` or ``"grey"``.
    library
        Whose rounding a grey image gets: ``"pillow"`` or ``"opencv"``.
    """

    kind: ClassVar[str] = "colour_mode"
    is_geometric: ClassVar[bool] = True

    mode: Literal["RGB", "grey"] = "RGB"
    library: Literal["pillow", "opencv"] = "pillow"

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, ("RGB", "grey"))
        check_choice("library", self.library, ("pillow", "opencv"))

    @property
    def channels(self) -> int:
        """Channels of what comes out."""
        return 3 if self.mode == "RGB" else 1

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the image with 3 channels or with 1."""
        if image.shape[2] == self.channels:
            return image
        if self.mode == "RGB":
            return np.repeat(image, 3, axis=2)
        if image.dtype != np.uint8:
            return image @ _LUMA.T
        if self.library == "opencv":
            return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY))[
                ..., np.newaxis
            ]
        return np.asarray(Pillow.fromarray(image).convert("L"))[..., np.newaxis]

    def affine(self, shape: Shape) -> Affine:
        """Return the weights of the channels."""
        if shape[2] == self.channels:
            return Affine.identity(shape)
        return Affine.of_samples(shape, np.ones((3, 1)) if self.mode == "RGB" else _LUMA)

    def words(self) -> str:
        """Say which channels."""
        if self.mode == "RGB":
            return "colour: RGB; a grey image is repeated"
        return f"colour: grey by the weights 0.299, 0.587, 0.114 ({self.library})"
