"""Layout: which axis of the model's input holds the channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.choices import check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class Layout:
    """Put the axes into the model's order; the last step but for the type.

    Attributes
    ----------
    axes
        ``"NCHW"`` or ``"NHWC"``, N being the batch.
    """

    kind: ClassVar[str] = "layout"
    is_geometric: ClassVar[bool] = False

    axes: Literal["NCHW", "NHWC"] = "NCHW"

    def __post_init__(self) -> None:
        check_choice("axes", self.axes, ("NCHW", "NHWC"))

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return (H, W, C) in the model's axes, without the batch."""
        return np.moveaxis(image, 2, 0) if self.axes == "NCHW" else image

    def affine(self, shape: Shape) -> Affine:
        """Return the identity: the affine form keeps (H, W, C)."""
        return Affine.identity(shape)

    def words(self) -> str:
        """Name the axes."""
        return f"axes {self.axes}"
