"""Pad: an image on a larger ground, as the second half of a letterbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from percept_adv.errors import ShapeError
from percept_adv.pipeline.choices import check_choice, check_length
from percept_adv.pipeline.placing import cut, cutting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.affine import Affine
    from percept_adv.pipeline.placing import Window
    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class Pad:
    """Lay an image on a ground of a given size.

    Attributes
    ----------
    height, width
        In pixels.
    fill
        The ground, in the values that the image has at this step (0 to 255 before a rescale):
        one value, or one a channel.
    position
        ``"centre"``, the odd pixel below and to the right, or ``"top_left"``.
    """

    kind: ClassVar[str] = "pad"
    is_geometric: ClassVar[bool] = True

    height: int
    width: int
    fill: tuple[float, ...] = (0.0,)
    position: Literal["centre", "top_left"] = "centre"

    def __post_init__(self) -> None:
        check_length("height", self.height)
        check_length("width", self.width)
        check_choice("position", self.position, ("centre", "top_left"))

    def window(self, height: int, width: int) -> Window:
        """Return where the ground lies about an image of a size.

        Parameters
        ----------
        height, width
            Of the image, in pixels.

        Returns
        -------
        Window
            What of the image the ground covers.

        Raises
        ------
        ShapeError
            If the image is larger.
        """
        if height > self.height or width > self.width:
            raise ShapeError(
                f"an image of {height} x {width} pixels does not fit on the ground of "
                f"{self.height} x {self.width} that the pipeline pads to: resize it before"
            )
        if self.position == "top_left":
            return 0, 0, self.height, self.width
        return -((self.height - height) // 2), -((self.width - width) // 2), self.height, self.width

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the ground with the image."""
        return cut(image, self.window(*image.shape[:2]), self.fill)

    def affine(self, shape: Shape) -> Affine:
        """Return the placing as two selections, and the ground as an offset."""
        return cutting(shape, self.window(*shape[:2]), self.fill)

    def words(self) -> str:
        """Name size and fill."""
        where = "" if self.position == "centre" else " from the top left corner"
        fill = ", ".join(f"{value:g}" for value in self.fill)
        return f"pad to {self.height} x {self.width} pixels{where} with {fill}"
