"""The energy matrices L_alpha of a batch (eq. 7), built when its images enter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.perceptual.stencil import Stencil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.options import EnergyOptions


@dataclass(frozen=True, slots=True)
class Roughness:
    """L_alpha = (I - alpha Wn) / (1 - alpha) of the images of a batch, in their order."""

    stencil: Stencil
    alpha: float

    @classmethod
    def build(
        cls,
        originals: NDArray[np.floating],
        options: EnergyOptions,
        mask: NDArray[Any] | None = None,
    ) -> Roughness:
        """Build the graph of each image (B, H, W, C), inside the mask (B, H, W, 1)."""
        stencil = Stencil.build(originals, options, per_channel=False, mask=mask)
        return cls(stencil, options.alpha)

    def apply(self, r: Array) -> Array:
        """Return L_alpha r for each image, (B, H, W, C)."""
        return (r - self.alpha * self.stencil.apply(r)) / (1 - self.alpha)

    def take(self, rows: NDArray[np.intp]) -> Roughness:
        """Return those of some images."""
        return replace(self, stencil=self.stencil.take(rows))

    def join(self, other: Roughness) -> Roughness:
        """Return those of both groups of images."""
        return replace(self, stencil=self.stencil.join(other.stencil))


def roughness_of(problem: Problem) -> Roughness:
    """Return the matrices of a problem that has them."""
    guidance: Any = problem.guidance
    if guidance is None:
        raise TypeError("a problem for the smoothness penalty has its matrices")
    roughness: Roughness = guidance
    return roughness
