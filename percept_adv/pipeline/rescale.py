"""Rescale: one factor and one offset for all samples, most often 1/255 and 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from percept_adv.errors import ParameterError
from percept_adv.pipeline.affine import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class Rescale:
    """Multiply by a factor, then add an offset.

    Attributes
    ----------
    factor, offset
        By default 0 to 255 becomes [0, 1].
    """

    kind: ClassVar[str] = "rescale"
    is_geometric: ClassVar[bool] = False

    factor: float = 1 / 255
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.factor > 0:
            raise ParameterError(f"factor of a rescale is {self.factor}: give a positive number")

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return float32, multiplied in float64 and rounded once."""
        scaled: NDArray[Any] = (image.astype(np.float64) * self.factor).astype(np.float32)
        return scaled if self.offset == 0 else scaled + np.float32(self.offset)

    def affine(self, shape: Shape) -> Affine:
        """Return factor and offset."""
        return Affine.of_samples(shape, self.factor * np.eye(shape[2]), [self.offset] * shape[2])

    def words(self) -> str:
        """Name factor and offset."""
        by = "1/255" if np.isclose(self.factor, 1 / 255, rtol=1e-6) else f"{self.factor:g}"
        return f"multiply by {by}" + (f", then add {self.offset:g}" if self.offset else "")
