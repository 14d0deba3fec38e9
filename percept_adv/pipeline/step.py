"""What a step of a pipeline is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.affine import Affine

Shape = tuple[int, int, int]
"""Height, width and channels of an image."""


class Step(Protocol):
    """One step, in the real form that decides and the affine form that steers.

    Attributes
    ----------
    kind
        Its name in a TOML file.
    is_geometric
        Whether it changes size, place or number of samples, or only their values.
    """

    kind: ClassVar[str]
    is_geometric: ClassVar[bool]

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return what the deployed code makes of an image (H, W, C), uint8 or float32.

        Parameters
        ----------
        image
            (H, W, C), uint8 or float32.

        Returns
        -------
        ndarray
            (h, w, c), or the model's axes behind a `Layout`.

        Raises
        ------
        ShapeError
            If the step does not take an image of that shape.
        """

    def affine(self, shape: Shape) -> Affine:
        """Return the step as an affine map of images of a shape, without rounding.

        Parameters
        ----------
        shape
            (H, W, C) of the images.

        Returns
        -------
        Affine
            From (H, W, C) to (h, w, c).
        """

    def words(self) -> str:
        """Return what the step does, for people."""
