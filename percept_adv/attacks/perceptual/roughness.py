"""The energy matrices L_alpha of a batch, one for each image, built when the image enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from percept_adv.pixel_graph import neighbourhood, pixel_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.smoothing import EnergyOptions


@dataclass(frozen=True, slots=True)
class Roughness:
    """The matrices L_alpha (eq. 7) of the images of a batch, in their order."""

    matrices: tuple[sp.csr_array, ...]

    @classmethod
    def build(cls, originals: NDArray[np.floating], options: EnergyOptions) -> Roughness:
        """Build the matrix of each image (B, H, W, C)."""
        return cls(tuple(_energy_matrix(original, options) for original in originals))

    def apply(self, r: Array) -> Array:
        """Return L_alpha r for each image, (B, H, W, C)."""
        channels = r.shape[-1]
        products = [
            (matrix @ r[i].reshape(-1, channels)).reshape(r.shape[1:])
            for i, matrix in enumerate(self.matrices)
        ]
        return np.stack(products).astype(r.dtype)

    def take(self, rows: NDArray[np.intp]) -> Roughness:
        """Return those of some images."""
        return Roughness(tuple(self.matrices[row] for row in rows))

    def join(self, other: Roughness) -> Roughness:
        """Return those of both groups of images."""
        return Roughness(self.matrices + other.matrices)


def _energy_matrix(original: NDArray[np.floating], options: EnergyOptions) -> sp.csr_array:
    graph = pixel_graph(
        original.astype(np.float64),
        neighbourhood(options.neighbours, spatial_sigma=options.spatial_sigma),
        kernel=options.kernel,
        lam=options.lam,
    )
    identity = sp.eye_array(graph.size, format="csr")
    return (identity - options.alpha * graph.normalised_matrix()) / (1 - options.alpha)


def roughness_of(problem: Problem) -> Roughness:
    """Return the matrices of a problem that has them."""
    if not isinstance(problem.guidance, Roughness):
        raise TypeError("a problem for the smoothness penalty has its matrices")
    return problem.guidance
