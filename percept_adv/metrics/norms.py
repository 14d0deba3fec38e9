"""Norms of the perturbation, over all pixels and channels, on [0, 1] values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.metrics.inputs import unit_pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def _difference(reference: ArrayLike, image: ArrayLike) -> NDArray[np.float64]:
    first, second = unit_pair(reference, image)
    return second - first


def l0(reference: ArrayLike, image: ArrayLike) -> float:
    """Count the values (pixels times channels) that differ.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.
    """
    return float(np.count_nonzero(_difference(reference, image)))


def l1(reference: ArrayLike, image: ArrayLike) -> float:
    """Sum the absolute differences of [0, 1] values; parameters as in `l0`."""
    return float(np.abs(_difference(reference, image)).sum())


def l2(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the Euclidean norm of the difference of [0, 1] values; parameters as in `l0`.

    This is the distortion D of Zhang et al., "Smooth Adversarial Examples", section 5.1.
    """
    return float(np.linalg.norm(_difference(reference, image)))


def linf(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the greatest absolute difference of [0, 1] values; parameters as in `l0`."""
    return float(np.abs(_difference(reference, image)).max())
