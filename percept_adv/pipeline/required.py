"""A size that images must have: the pipeline of a model that is fed as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from percept_adv.errors import ShapeError
from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.choices import check_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class RequiredSize:
    """Refuse images of another size.

    Attributes
    ----------
    height, width
        In pixels; None where any will do.
    """

    kind: ClassVar[str] = "required_size"
    is_geometric: ClassVar[bool] = True

    height: int | None = None
    width: int | None = None

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            if getattr(self, name) is not None:
                check_length(name, getattr(self, name))

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the image.

        Raises
        ------
        ShapeError
            If it has another size.
        """
        wanted = self.height, self.width
        if any(w not in (None, own) for own, w in zip(image.shape[:2], wanted, strict=True)):
            raise ShapeError(
                f"the image has {image.shape[0]} x {image.shape[1]} pixels and the model takes "
                f"{self.height or 'any'} x {self.width or 'any'}, without a resize in its "
                "pipeline: resize it first, or give the pipeline (--contract)"
            )
        return image

    def affine(self, shape: Shape) -> Affine:
        """Return the identity."""
        return Affine.identity(shape)

    def words(self) -> str:
        """Name the size."""
        return f"images of {self.height or 'any'} x {self.width or 'any'} pixels, as they are"
