"""Crops about the centre: of a given size, or of given proportions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from percept_adv.pipeline.choices import check_choice, check_length
from percept_adv.pipeline.placing import cut, cutting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.affine import Affine
    from percept_adv.pipeline.placing import Window
    from percept_adv.pipeline.step import Shape

Rounding = Literal["round", "truncate", "floor"]


@dataclass(frozen=True, slots=True)
class CentreCrop:
    """Cut a given size out of the centre; a smaller image is centred on a ground.

    Attributes
    ----------
    height, width
        In pixels.
    rounding
        Of half the difference in size: ``"round"``, half to even, as torchvision crops;
        ``"truncate"`` and ``"floor"``, as the two backends of transformers do.
    fill
        The ground, on the scale of 0 to 255: one value, or one a channel.
    """

    kind: ClassVar[str] = "centre_crop"
    is_geometric: ClassVar[bool] = True

    height: int
    width: int
    rounding: Rounding = "round"
    fill: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        check_length("height", self.height)
        check_length("width", self.width)
        check_choice("rounding", self.rounding, ("round", "truncate", "floor"))

    def window(self, height: int, width: int) -> Window:
        """Return the window of an image of a size.

        Parameters
        ----------
        height, width
            Of the image, in pixels.

        Returns
        -------
        Window
            What of it is kept.
        """
        top, left = (
            _half(own - wanted, self.rounding)
            for own, wanted in ((height, self.height), (width, self.width))
        )
        return top, left, self.height, self.width

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the window."""
        return cut(image, self.window(*image.shape[:2]), self.fill)

    def affine(self, shape: Shape) -> Affine:
        """Return the window as two selections."""
        return cutting(shape, self.window(*shape[:2]), self.fill)

    def words(self) -> str:
        """Name the size."""
        return f"crop the centre of {self.height} x {self.width} pixels"


@dataclass(frozen=True, slots=True)
class CentreProportions:
    """Cut out the largest centred part with the proportions of a size: a square for a square.

    Attributes
    ----------
    height, width
        Of which only the ratio counts.
    """

    kind: ClassVar[str] = "centre_proportions"
    is_geometric: ClassVar[bool] = True

    height: int
    width: int

    def __post_init__(self) -> None:
        check_length("height", self.height)
        check_length("width", self.width)

    def window(self, height: int, width: int) -> Window:
        """Return the window of an image of a size.

        Parameters
        ----------
        height, width
            Of the image, in pixels.

        Returns
        -------
        Window
            What of it is kept.
        """
        rows = min(height, max(1, round(width * self.height / self.width)))
        columns = min(width, max(1, round(height * self.width / self.height)))
        return (height - rows) // 2, (width - columns) // 2, rows, columns

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the window."""
        return cut(image, self.window(*image.shape[:2]), (0.0,))

    def affine(self, shape: Shape) -> Affine:
        """Return the window as two selections."""
        return cutting(shape, self.window(*shape[:2]), (0.0,))

    def words(self) -> str:
        """Name the proportions."""
        if self.height == self.width:
            return "crop the centre square"
        return f"crop the largest centre of the proportions {self.height} : {self.width}"


def _half(difference: int, rounding: Rounding) -> int:
    """Return half of a difference in size; torchvision truncates where it pads."""
    if rounding == "floor":
        return difference // 2
    if rounding == "truncate" or difference < 0:
        return int(difference / 2)
    return round(difference / 2)
