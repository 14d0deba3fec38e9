"""What an attack may minimise, with its gradient: the Euclidean norm, SSIM, CIEDE2000."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from percept_adv.attacks.numerics.arrays import squared_norm
from percept_adv.attacks.perceptual.ciede2000 import squared_colour_difference
from percept_adv.attacks.perceptual.ssim import structural_dissimilarity

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array


class Distance(Protocol):
    """A smooth function of two batches of images that is 0 where they are equal."""

    def __call__(self, originals: Array, images: Array) -> tuple[Array, Array]:
        """Return the distance (B,) and its gradient by the images (B, H, W, C)."""


def squared_l2(originals: Array, images: Array) -> tuple[Array, Array]:
    """Return the squared Euclidean distance and its gradient."""
    difference = images - originals
    return squared_norm(difference), 2 * difference


DISTANCES: dict[str, Distance] = {
    "l2": squared_l2,
    "ssim": structural_dissimilarity,
    "ciede2000": squared_colour_difference,
}
"""The distance of each name."""
