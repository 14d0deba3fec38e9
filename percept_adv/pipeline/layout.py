"""Layout: which axis of the model's input holds the channels, and whether it has axes at all."""

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
    flat
        Whether the samples of an image lie in one row, in the order of these axes: (N, C H W) or
        (N, H W C).
    """

    kind: ClassVar[str] = "layout"
    is_geometric: ClassVar[bool] = False

    axes: Literal["NCHW", "NHWC"] = "NCHW"
    flat: bool = False

    def __post_init__(self) -> None:
        check_choice("axes", self.axes, ("NCHW", "NHWC"))

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return (H, W, C) in the model's axes, without the batch."""
        ordered = np.moveaxis(image, 2, 0) if self.axes == "NCHW" else image
        return ordered.reshape(-1) if self.flat else ordered

    def restore(self, values: NDArray[Any], shape: Shape) -> NDArray[Any]:
        """Return images (N, H, W, C) of a shape (H, W, C) from the model's own (N, ...).

        Parameters
        ----------
        values
            (N, ...), in the model's axes.
        shape
            (H, W, C).

        Returns
        -------
        ndarray
            (N, H, W, C).
        """
        height, width, channels = shape
        if self.axes == "NHWC":
            return values.reshape(-1, height, width, channels)
        return np.moveaxis(values.reshape(-1, channels, height, width), 1, -1)

    def affine(self, shape: Shape) -> Affine:
        """Return the identity: the affine form keeps (H, W, C)."""
        return Affine.identity(shape)

    def words(self) -> str:
        """Name the axes."""
        return f"axes {self.axes}{', flattened' if self.flat else ''}"
