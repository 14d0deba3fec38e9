"""Norms of the perturbation, over all pixels and channels, on [0, 1] values."""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.metrics.inputs import bands
from percept_adv.metrics.registry import metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray


def _differences(reference: ArrayLike, image: ArrayLike) -> Iterator[NDArray[np.float64]]:
    for first, second in bands(reference, image):
        yield second - first


@metric(
    order=0,
    title="L0",
    better="lower",
    range=(0, inf),
    unit="values",
    summary="values (pixels times channels) that differ",
    source="norm",
)
def l0(reference: ArrayLike, image: ArrayLike) -> float:
    """Count the values (pixels times channels) that differ.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        The count, 0 to H W C.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> percept_adv.metrics.l0(np.zeros((2, 2)), np.eye(2))
    2.0
    """
    return float(sum(np.count_nonzero(part) for part in _differences(reference, image)))


@metric(
    order=1,
    title="L1",
    better="lower",
    range=(0, inf),
    unit="[0, 1] values",
    summary="sum of absolute differences",
    source="norm",
)
def l1(reference: ArrayLike, image: ArrayLike) -> float:
    """Sum the absolute differences of [0, 1] values.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        0 to H W C.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> percept_adv.metrics.l1(np.zeros((2, 2)), np.eye(2))
    2.0
    """
    return float(sum(np.abs(part).sum() for part in _differences(reference, image)))


@metric(
    order=2,
    title="L2",
    better="lower",
    range=(0, inf),
    unit="[0, 1] values",
    summary="Euclidean norm of the difference",
    source="Zhang et al. 2020, section 5.1",
    uses={"command"},
)
def l2(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the Euclidean norm of the difference of [0, 1] values.

    This is the distortion D of Zhang et al., "Smooth Adversarial Examples", section 5.1.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        0 to sqrt(H W C).

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> percept_adv.metrics.l2(np.zeros((2, 2)), np.full((2, 2), 0.5))
    1.0
    """
    return sqrt(sum(float(np.vdot(part, part)) for part in _differences(reference, image)))


@metric(
    order=3,
    title="Linf",
    better="lower",
    range=(0, 1),
    unit="[0, 1] values",
    summary="greatest difference",
    source="norm",
    uses={"command"},
)
def linf(reference: ArrayLike, image: ArrayLike) -> float:
    """Return the greatest absolute difference of [0, 1] values.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ShapeError, ImageError
        If the shapes differ or the values are unusable.

    Examples
    --------
    >>> percept_adv.metrics.linf(np.zeros((2, 2)), np.eye(2) / 4)
    0.25
    """
    return max(float(np.abs(part).max()) for part in _differences(reference, image))
