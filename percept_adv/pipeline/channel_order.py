"""Channel order: RGB as images have it, or BGR as OpenCV and Caffe read them."""

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
class ChannelOrder:
    """Put the channels of an RGB image into an order.

    Attributes
    ----------
    order
        ``"RGB"`` (nothing to do) or ``"BGR"``.
    """

    kind: ClassVar[str] = "channel_order"
    is_geometric: ClassVar[bool] = False

    order: Literal["RGB", "BGR"] = "BGR"

    def __post_init__(self) -> None:
        check_choice("order", self.order, ("RGB", "BGR"))

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the channels in order."""
        return image[:, :, ::-1] if self.order == "BGR" else image

    def affine(self, shape: Shape) -> Affine:
        """Return the permutation."""
        eye = np.eye(shape[2])
        return Affine.of_samples(shape, eye[::-1] if self.order == "BGR" else eye)

    def words(self) -> str:
        """Name the order."""
        return f"channels in the order {self.order}"
