"""The sum of squared CIEDE2000 differences of pixels, and its gradient.

Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula", 2005, as functions of the
array API standard; `percept_adv.metrics.ciede2000` measures with scikit-image's.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

from .arrays import namespace

if TYPE_CHECKING:
    from .arrays import Array

_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)  # D65, 2 degrees.
_STEP = 1e-5
_TINY = 1e-24


def squared_colour_difference(originals: Array, images: Array) -> tuple[Array, Array]:
    """Return the sum over pixels of squared differences (B,), and its gradient by the images.

    A pixel's difference depends on its own three values only, so central differences in
    float64 give the gradient at the cost of six more evaluations. Grey images count as RGB
    with equal channels.
    """
    xp = namespace(images)
    exact = xp.astype(images, xp.float64)
    reference = _lab(xp.astype(originals, xp.float64))
    squares = _squared_difference(reference, _lab(exact))
    slopes = []
    for channel in range(images.shape[3]):
        chosen = xp.astype(xp.arange(images.shape[3]) == channel, xp.float64) * _STEP
        above = _squared_difference(reference, _lab(exact + chosen))
        below = _squared_difference(reference, _lab(exact - chosen))
        slopes.append((above - below) / (2 * _STEP))
    gradient = xp.stack(slopes, axis=3)
    value = xp.sum(squares, axis=(1, 2))
    return xp.astype(value, images.dtype), xp.astype(gradient, images.dtype)


def _lab(images: Array) -> tuple[Array, Array, Array]:
    """Turn sRGB, or grey as equal channels, into L, a and b."""
    xp = namespace(images)
    bright = xp.maximum(images, xp.full_like(images, 0.04045))
    linear = xp.where(images > 0.04045, ((bright + 0.055) / 1.055) ** 2.4, images / 12.92)
    red, green, blue = (linear[..., min(i, images.shape[3] - 1)] for i in range(3))
    scaled = []
    for weights, white in zip(_TO_XYZ, _WHITE, strict=True):
        value = (weights[0] * red + weights[1] * green + weights[2] * blue) / white
        large = xp.maximum(value, xp.full_like(value, 0.008856))
        scaled.append(xp.where(value > 0.008856, large ** (1 / 3), 7.787 * value + 16 / 116))
    x, y, z = scaled
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _squared_difference(
    first: tuple[Array, Array, Array], second: tuple[Array, Array, Array]
) -> Array:
    """Return the square of CIEDE2000 of each pixel (B, H, W)."""
    (light_1, a_1, b_1), (light_2, a_2, b_2) = first, second
    xp = namespace(light_1)
    mean_chroma = (_length(a_1, b_1) + _length(a_2, b_2)) / 2
    seventh = mean_chroma**7
    stretch = 1.5 - 0.5 * xp.sqrt(seventh / (seventh + 25.0**7))
    a_1, a_2 = stretch * a_1, stretch * a_2
    chroma_1, chroma_2 = _length(a_1, b_1), _length(a_2, b_2)
    hue_1, hue_2 = _hue(a_1, b_1), _hue(a_2, b_2)
    turn = hue_2 - hue_1
    turn = turn - 2 * pi * xp.astype(turn > pi, turn.dtype)
    turn = turn + 2 * pi * xp.astype(turn < -pi, turn.dtype)
    colourless = chroma_1 * chroma_2 <= _TINY
    turn = xp.where(colourless, 0 * turn, turn)
    hue_difference = 2 * xp.sqrt(chroma_1 * chroma_2) * xp.sin(turn / 2)
    light, chroma = (light_1 + light_2) / 2, (chroma_1 + chroma_2) / 2
    total = hue_1 + hue_2
    far = xp.abs(hue_1 - hue_2) > pi
    wrapped = xp.where(total < 2 * pi, total + 2 * pi, total - 2 * pi)
    hue = xp.where(colourless, total, xp.where(far, wrapped, total) / 2)
    tone = (
        1
        - 0.17 * xp.cos(hue - pi / 6)
        + 0.24 * xp.cos(2 * hue)
        + 0.32 * xp.cos(3 * hue + pi / 30)
        - 0.20 * xp.cos(4 * hue - 63 * pi / 180)
    )
    bow = (light - 50) ** 2
    light_term = (light_2 - light_1) / (1 + 0.015 * bow / xp.sqrt(20 + bow))
    chroma_term = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    hue_term = hue_difference / (1 + 0.015 * chroma * tone)
    angle = pi / 6 * xp.exp(-(((hue * 180 / pi - 275) / 25) ** 2))
    seventh = chroma**7
    rotation = -2 * xp.sqrt(seventh / (seventh + 25.0**7)) * xp.sin(2 * angle)
    return light_term**2 + chroma_term**2 + hue_term**2 + rotation * chroma_term * hue_term


def _length(a: Array, b: Array) -> Array:
    return namespace(a).sqrt(a * a + b * b + _TINY)


def _hue(a: Array, b: Array) -> Array:
    """Return the angle in [0, 2 pi), 0 for grey."""
    xp = namespace(a)
    grey = a * a + b * b <= _TINY
    angle = xp.atan2(xp.where(grey, 0 * b, b), xp.where(grey, 0 * a + 1, a))
    return xp.where(angle < 0, angle + 2 * pi, angle)
