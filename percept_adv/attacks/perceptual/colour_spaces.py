"""From sRGB to CIE L*a*b* (D65, 2 degrees), and gradients back: functions of the array API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array

    Planes = tuple[Array, Array, Array]

_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)
_DARK, _DIM = 0.04045, 0.008856
"""Up to where sRGB, and the cube root of L*a*b*, go on as straight lines."""


def to_lab(images: Array) -> Planes:
    """Return L, a and b (B, H, W) of images (B, H, W, C) in [0, 1].

    Grey images count as RGB with equal channels.
    """
    x, y, z = (_root(value) for value in _relative(_linear(images)))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def lab_gradient(images: Array, by_lab: Planes) -> Array:
    """Return the gradient by the images (B, H, W, C) from that by L, a and b."""
    xp = namespace(images)
    linear = _linear(images)
    by_light, by_a, by_b = by_lab
    by_roots = (500 * by_a, 116 * by_light - 500 * by_a + 200 * by_b, -200 * by_b)
    by_xyz = [
        slope * _root_slope(value) / white
        for slope, value, white in zip(by_roots, _relative(linear), _WHITE, strict=True)
    ]
    by_rgb = [
        sum(weights[i] * slope for weights, slope in zip(_TO_XYZ, by_xyz, strict=True))
        for i in range(3)
    ]
    count = images.shape[3]
    stacked = [sum(by_rgb[i] for i in range(3) if min(i, count - 1) == j) for j in range(count)]
    return xp.stack(stacked, axis=3) * _linear_slope(images)


def _linear(images: Array) -> Array:
    xp = namespace(images)
    bright = (xp.maximum(images, xp.full_like(images, _DARK)) + 0.055) / 1.055
    return xp.where(images > _DARK, bright**2.4, images / 12.92)


def _linear_slope(images: Array) -> Array:
    xp = namespace(images)
    bright = (xp.maximum(images, xp.full_like(images, _DARK)) + 0.055) / 1.055
    return xp.where(images > _DARK, 2.4 / 1.055 * bright**1.4, xp.full_like(images, 1 / 12.92))


def _relative(linear: Array) -> Planes:
    """Return X, Y and Z in relation to white's."""
    red, green, blue = (linear[..., min(i, linear.shape[3] - 1)] for i in range(3))
    x, y, z = (
        (weights[0] * red + weights[1] * green + weights[2] * blue) / white
        for weights, white in zip(_TO_XYZ, _WHITE, strict=True)
    )
    return x, y, z


def _root(value: Array) -> Array:
    xp = namespace(value)
    large = xp.maximum(value, xp.full_like(value, _DIM))
    return xp.where(value > _DIM, large ** (1 / 3), 7.787 * value + 16 / 116)


def _root_slope(value: Array) -> Array:
    xp = namespace(value)
    large = xp.maximum(value, xp.full_like(value, _DIM))
    return xp.where(value > _DIM, large ** (-2 / 3) / 3, xp.full_like(value, 7.787))
