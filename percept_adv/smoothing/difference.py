"""A perturbation that exists already, smoothed along its original."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.images import check_memory
from percept_adv.smoothing.smoother import GuidedSmoother

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Measured: see benchmarks/smoothing_scaling.py.
_BYTES_PER_PIXEL, _BYTES_PER_SAMPLE = 60, 50


@dataclass(frozen=True, slots=True)
class SmoothedDifference:
    """A perturbation before and after smoothing, each in the shape of the images.

    Attributes
    ----------
    before
        ``perturbed - original``.
    after
        s_hat_alpha of it (eq. 9).
    iterations, relative_residual
        Of the solve: ||before - L_alpha x|| / ||before||, the largest over the channels.
    """

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    iterations: int
    relative_residual: float


def smooth_difference(
    original: NDArray[np.floating], perturbed: NDArray[np.floating], **parameters: Any
) -> SmoothedDifference:
    """Smooth the difference of two images, guided by the original.

    Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf. Security 2020, eq. 8 and 9.

    Parameters
    ----------
    original, perturbed
        (H, W) or (H, W, C), floats in [0, 1].
    **parameters
        Those of `GuidedSmoother`.

    Returns
    -------
    SmoothedDifference
        The perturbation before and after.

    Raises
    ------
    ShapeError
        If the images differ in shape.
    InputError
        As `GuidedSmoother`.
    ConvergenceError
        If the tolerance was not reached.
    ImageError
        If the memory that is free is not enough.

    Examples
    --------
    >>> from percept_adv.smoothing import smooth_difference
    >>> original = np.random.default_rng(0).random((8, 8, 3))
    >>> difference = smooth_difference(original, np.clip(original + 0.1, 0, 1), alpha=0.9)
    >>> difference.after.shape
    (8, 8, 3)
    """
    if np.shape(original) != np.shape(perturbed):
        raise ShapeError(
            f"the original is {_size(original)} and the perturbed image {_size(perturbed)}: "
            "give two images of the same size and channels"
        )
    pixels = int(np.prod(np.shape(original)[:2]))
    channels = np.size(original) // max(pixels, 1)
    check_memory(
        pixels * (_BYTES_PER_PIXEL + _BYTES_PER_SAMPLE * channels),
        f"smoothing {pixels / 1e6:.2g} megapixels",
    )
    before: NDArray[np.float64] = np.subtract(perturbed, original, dtype=np.float64)
    solved = GuidedSmoother(original, **parameters).smooth_and_tell(before)
    return SmoothedDifference(before, solved.x, solved.iterations, solved.relative_residual)


def _size(image: NDArray[Any]) -> str:
    """Say the size of an image in words."""
    shape = np.shape(image)
    channels = {(): "grey", (1,): "grey", (3,): "RGB"}.get(shape[2:], f"of channels {shape[2:]}")
    return f"{' x '.join(map(str, shape[:2]))} {channels}"
