"""The normalised pixel graphs of a batch as stencils: one array of weights for each offset.

Written with slices, products and sums only, so that any namespace of the array API can apply
them, a tracer's too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.pixel_graph import edge_ends, neighbourhood, pixel_graph
from percept_adv.solvers import chebyshev

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.options import EnergyOptions
    from percept_adv.pixel_graph import PixelGraph


@dataclass(frozen=True, slots=True)
class Stencil:
    """Wn (eq. 6) of the images of a batch.

    Attributes
    ----------
    offsets
        (down, right) of each family of edges.
    weights
        For each offset (B, H, W, 1), or (B, H, W, C) where each channel has its graph: the weight
        of the edge from a pixel to the one at the offset; 0 where that is outside the image.
    """

    offsets: tuple[tuple[int, int], ...]
    weights: tuple[Array, ...]

    @classmethod
    def build(
        cls,
        originals: NDArray[np.floating],
        options: EnergyOptions,
        *,
        per_channel: bool,
        mask: NDArray[Any] | None = None,
    ) -> Stencil:
        """Build the graphs of images (B, H, W, C), in their type; no edge leaves the mask."""
        hood = neighbourhood(options.neighbours, spatial_sigma=options.spatial_sigma)
        channels = originals.shape[-1]
        parts = range(channels) if per_channel else [slice(None)]
        weights = np.zeros((len(hood.offsets), *originals.shape[:3], len(parts)), originals.dtype)
        for row, original in enumerate(originals.astype(np.float64)):
            for column, part in enumerate(parts):
                guide = np.atleast_3d(original[..., part])
                graph = pixel_graph(
                    guide, hood, kernel=options.kernel, lam=options.lam, mask=region_of(mask, row)
                )
                weights[:, row, ..., column] = _padded(graph)
        return cls(hood.offsets, tuple(weights))

    def apply(self, x: Array) -> Array:
        """Return Wn x for each image, (B, H, W, C)."""
        total = 0 * x
        for (down, right), weight in zip(self.offsets, self.weights, strict=True):
            forward = weight * _shifted(_shifted(x, down, axis=1), right, axis=2)
            back = _shifted(_shifted(weight * x, -down, axis=1), -right, axis=2)
            total = total + forward + back
        return total

    def solve(self, rhs: Array, *, alpha: float, steps: int, start: Array) -> Array:
        """Return L_alpha^-1 rhs for each image, (B, H, W, C), by Chebyshev steps."""
        return chebyshev(self.apply, rhs, alpha=alpha, steps=steps, start=start)

    def take(self, rows: NDArray[np.intp]) -> Stencil:
        """Return those of some images."""
        return Stencil(self.offsets, tuple(weight[rows] for weight in self.weights))

    def join(self, other: Stencil) -> Stencil:
        """Return those of both groups of images."""
        pairs = zip(self.weights, other.weights, strict=True)
        return Stencil(self.offsets, tuple(np.concatenate(pair) for pair in pairs))


def region_of(mask: NDArray[Any] | None, row: int) -> NDArray[np.bool_] | None:
    """Return where the image of a row may change, (H, W), of a mask (B, H, W, 1)."""
    return None if mask is None else np.asarray(mask[row, :, :, 0] > 0)


def _padded(graph: PixelGraph) -> NDArray[np.float64]:
    """Return the normalised weights (offsets, H, W), 0 where there is no edge."""
    padded = np.zeros((len(graph.offsets), *graph.shape))
    families = zip(padded, graph.offsets, graph.normalised_weights(), strict=True)
    for family, offset, weight in families:
        near, _ = edge_ends(graph.shape, offset)
        family[near] = weight
    return padded


def _shifted(x: Array, by: int, *, axis: int) -> Array:
    """Return x with the entry ``by`` further along an axis (1 or 2) at each place, 0 outside."""
    if by == 0:
        return x
    xp = namespace(x)
    before: Any = (slice(None),) * axis
    kept = x[(*before, slice(by, None) if by > 0 else slice(None, by), ...)]
    lost = x[(*before, slice(None, by) if by > 0 else slice(by, None), ...)]
    nothing = xp.zeros_like(lost)
    return xp.concat([kept, nothing] if by > 0 else [nothing, kept], axis=axis)
