"""Edge weights from the guide image (eq. 5).

Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf. Security 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.pixel_graph.operator import PixelGraph, edge_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.pixel_graph.neighbourhood import Neighbourhood

# Below this a weight counts as no edge: reciprocals of degrees stay finite.
SMALLEST_WEIGHT = 1e-290

FEATURE_KERNELS: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.float64]]] = {
    "laplacian": lambda squared, lam: np.exp(-lam * np.sqrt(squared)),
    "gaussian": lambda squared, lam: np.exp(-lam * squared),
}


def pixel_graph(
    guide: NDArray[np.float64],
    hood: Neighbourhood,
    *,
    kernel: str,
    lam: float,
    mask: NDArray[np.bool_] | None = None,
) -> PixelGraph:
    """Build the graph of an image.

    Parameters
    ----------
    guide
        Image of shape (H, W, C).
    hood
        The offsets between joined pixels and their spatial weights.
    kernel
        Feature kernel: ``"laplacian"``, exp(-lam d), or ``"gaussian"``, exp(-lam d^2), with
        d the Euclidean distance over the channels.
    lam
        Decay of the feature kernel, per unit (or squared unit) of image value.
    mask
        (H, W): the region whose pixels keep the edges among each other; pixels outside have none.

    Returns
    -------
    PixelGraph
        With one weight for each edge, in [0, 1].

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> guide = np.zeros((4, 4, 3))
    >>> graph = pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)
    >>> float(graph.weights[0].min())
    1.0
    """
    feature = FEATURE_KERNELS[kernel]
    height, width = guide.shape[:2]
    weights = []
    for offset, spatial in zip(hood.offsets, hood.spatial, strict=True):
        near, far = edge_ends((height, width), offset)
        weight = spatial * feature(_squared_distance(guide[near], guide[far]), lam)
        weight[weight < SMALLEST_WEIGHT] = 0.0
        if mask is not None:
            weight *= mask[near] & mask[far]
        weights.append(weight)
    return PixelGraph((height, width), hood.offsets, tuple(weights))


def _squared_distance(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the squared differences over the channels; too large is infinite, weight 0."""
    with np.errstate(over="ignore"):
        difference = near - far
        squared: NDArray[np.float64] = np.einsum("ijc,ijc->ij", difference, difference)
    return squared
