"""1 - SSIM and its gradient (Wang et al., "Image Quality Assessment", 2004).

The same definition as `percept_adv.metrics.ssim`: Gaussian weights of sigma 1.5 in windows
of 11 x 11 that lie inside the image, population covariances, the mean over channels.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace, per_image

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array

_HALF = 5
_RAW = [exp(-0.5 * (i / 1.5) ** 2) for i in range(-_HALF, _HALF + 1)]
_WEIGHTS = [weight / sum(_RAW) for weight in _RAW]
_C1, _C2 = 0.01**2, 0.03**2


def structural_dissimilarity(originals: Array, images: Array) -> tuple[Array, Array]:
    """Return 1 - SSIM (B,) and its gradient by the images (B, H, W, C).

    Sides shorter than a window are taken as windows of their own length.
    """
    mu_x, mu_y = _blur(originals), _blur(images)
    var_x = _blur(originals * originals) - mu_x * mu_x
    var_y = _blur(images * images) - mu_y * mu_y
    covariance = _blur(originals * images) - mu_x * mu_y
    light, light_scale = 2 * mu_x * mu_y + _C1, mu_x * mu_x + mu_y * mu_y + _C1
    contrast, contrast_scale = 2 * covariance + _C2, var_x + var_y + _C2
    similarity = light * contrast / (light_scale * contrast_scale)
    # The partial derivatives by mu_y, by blurred y^2 and by blurred xy, in that order.
    by_variance = -similarity / contrast_scale
    by_covariance = 2 * light / (light_scale * contrast_scale)
    by_mean = (
        2 * mu_x * contrast / (light_scale * contrast_scale)
        - 2 * mu_y * similarity / light_scale
        - 2 * mu_y * by_variance
        - mu_x * by_covariance
    )
    shape = images.shape
    gradient = (
        _spread(by_mean, shape)
        + 2 * images * _spread(by_variance, shape)
        + originals * _spread(by_covariance, shape)
    )
    xp = namespace(images)
    count = similarity[0, ...].size
    mean = xp.sum(similarity, axis=(1, 2, 3)) / count
    return 1 - mean, -gradient / per_image(0 * mean + count, gradient)


def _taps(size: int) -> list[float]:
    """Return the weights of a window that fits into ``size`` samples."""
    half = min(_HALF, (size - 1) // 2)
    kept = _WEIGHTS[_HALF - half : _HALF + half + 1]
    return [weight / sum(kept) for weight in kept]


def _blur(images: Array) -> Array:
    """Take weighted means over the windows inside (B, H, W, C)."""
    for axis in (1, 2):
        taps = _taps(images.shape[axis])
        length = images.shape[axis] - len(taps) + 1
        parts = [weight * _slice(images, axis, i, length) for i, weight in enumerate(taps)]
        images = sum(parts[1:], parts[0])
    return images


def _slice(images: Array, axis: int, start: int, length: int) -> Array:
    window = slice(start, start + length)
    return images[:, window] if axis == 1 else images[:, :, window]


def _spread(values: Array, shape: tuple[int, ...]) -> Array:
    """Apply the adjoint of `_blur`, back to images of a shape."""
    xp = namespace(values)
    for axis in (2, 1):
        taps = _taps(shape[axis])
        total = None
        for i, weight in enumerate(taps):
            before, after = list(values.shape), list(values.shape)
            before[axis], after[axis] = i, len(taps) - 1 - i
            zeros = [xp.zeros(tuple(size), dtype=values.dtype) for size in (before, after)]
            placed = xp.concat([zeros[0], weight * values, zeros[1]], axis=axis)
            total = placed if total is None else total + placed
        values = total
    return values
