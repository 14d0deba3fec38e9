"""Type: floats, or integers for a model that takes the samples themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.choices import check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape

_TYPES = ("float32", "float16", "float64", "uint8", "int8", "int32", "int64")


@dataclass(frozen=True, slots=True)
class DataType:
    """Cast the values: to floats before a resize without rounding, to the model's type at the end.

    Attributes
    ----------
    name
        ``"float32"``, ``"uint8"`` and others. Integers are rounded half to even and clipped.
    """

    kind: ClassVar[str] = "type"
    is_geometric: ClassVar[bool] = False

    name: Literal["float32", "float16", "float64", "uint8", "int8", "int32", "int64"] = "float32"

    def __post_init__(self) -> None:
        check_choice("name", self.name, _TYPES)

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the values in the type."""
        if not np.issubdtype(np.dtype(self.name), np.integer) or image.dtype.kind in "ui":
            return image.astype(self.name, copy=False)
        limits = np.iinfo(self.name)
        whole: NDArray[Any] = np.clip(np.rint(image), limits.min, limits.max).astype(self.name)
        return whole

    def affine(self, shape: Shape) -> Affine:
        """Return the identity."""
        return Affine.identity(shape)

    def words(self) -> str:
        """Name the type."""
        return f"values as {self.name}"
