"""EXIF orientation: whether the pipeline turns a photograph as its camera says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.choices import check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class Orientation:
    """Turn images by their EXIF orientation, or leave them as their samples lie in the file.

    Only a file has an orientation: the samples in memory are as the reader left them, and pass.

    Attributes
    ----------
    exif
        ``"applied"`` or ``"ignored"``; many pipelines ignore it.
    """

    kind: ClassVar[str] = "orientation"
    is_geometric: ClassVar[bool] = True

    exif: Literal["applied", "ignored"] = "ignored"

    def __post_init__(self) -> None:
        check_choice("exif", self.exif, ("applied", "ignored"))

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the image as it was read."""
        return image

    def affine(self, shape: Shape) -> Affine:
        """Return the identity."""
        return Affine.identity(shape)

    def words(self) -> str:
        """Say whether the orientation counts."""
        return f"EXIF orientation: {self.exif}"
