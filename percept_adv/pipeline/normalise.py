"""Normalise: subtract a mean and divide by a standard deviation, channel by channel."""

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
class Normalise:
    """Compute (x - mean) / std in float32.

    Attributes
    ----------
    mean, std
        One value, or one a channel in the order that the image has at this step; on the scale
        of the values at this step.
    """

    kind: ClassVar[str] = "normalise"
    is_geometric: ClassVar[bool] = False

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            if not np.isfinite(getattr(self, name)).all() or not getattr(self, name):
                raise ParameterError(f"{name} is {getattr(self, name)}: give finite numbers")
        if not all(value > 0 for value in self.std):
            raise ParameterError(f"std is {self.std}: give positive numbers")

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return float32."""
        mean, std = np.asarray(self.mean, np.float32), np.asarray(self.std, np.float32)
        return (image.astype(np.float32) - mean) / std

    def affine(self, shape: Shape) -> Affine:
        """Return 1 / std and -mean / std of each channel."""
        mean = np.broadcast_to(np.asarray(self.mean, np.float64), shape[2:])
        std = np.broadcast_to(np.asarray(self.std, np.float64), shape[2:])
        return Affine.of_samples(shape, np.diag(1 / std), -mean / std)

    def words(self) -> str:
        """Name both."""
        mean, std = (", ".join(f"{v:.4g}" for v in values) for values in (self.mean, self.std))
        return f"subtract the mean {mean}, divide by {std}"
