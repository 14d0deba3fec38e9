"""The sum of squared CIEDE2000 differences of pixels, and its gradient by hand.

Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula", 2005, as functions of the
array API standard; `percept_adv.metrics.ciede2000` measures with scikit-image's. The mean of
two hues is the direction halfway between them, so that cosines and sines of hues are ratios
of a and b; only the rotation term needs the angle itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.perceptual.colour_spaces import lab_gradient, to_lab

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.colour_spaces import Planes

_TINY = 1e-24
_TONES = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
"""The hue's weight: 1 + sum of factor cos(multiple hue + degrees)."""


def squared_colour_difference(originals: Array, images: Array) -> tuple[Array, Array]:
    """Return the sum over pixels of squared differences (B,), and its gradient by the images.

    Both are (B, H, W, C) in [0, 1]; grey images count as RGB with equal channels.
    """
    terms = _terms(to_lab(originals), to_lab(images))
    return _sum(terms), lab_gradient(images, _slopes(terms))


def squared_colour_difference_alone(originals: Array, images: Array) -> Array:
    """Return the first of what `squared_colour_difference` returns, for less."""
    return _sum(_terms(to_lab(originals), to_lab(images)))


@dataclass(frozen=True, slots=True)
class _Colour:
    """One of the two colours: its a after stretching, b, chroma, and what they came from."""

    a: Array
    b: Array
    chroma: Array
    plain_a: Array
    plain_chroma: Array
    coloured: Array


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the formula's value and its slopes both need, for each pixel (B, H, W).

    ``light``, ``chroma``, ``hue`` are the weighted differences; ``*_weight`` what divided them.
    """

    first: _Colour
    second: _Colour
    stretch: Array
    stretch_slope: Array
    mean_light: Array
    mean_chroma: Array
    light: Array
    chroma: Array
    hue: Array
    light_weight: Array
    chroma_weight: Array
    hue_weight: Array
    tone: Array
    tone_slope: Array
    half_turn: tuple[Array, Array]
    root: Array
    root_slope: Array
    angle: Array
    angle_slope: Array
    rotation: Array


def _terms(first: Planes, second: Planes) -> _Terms:
    xp = namespace(first[0])
    plain = [_length(a, b) for _, a, b in (first, second)]
    root, slope = _saturation((plain[0] + plain[1]) / 2)
    stretch = 1.5 - 0.5 * root
    one, two = (
        _colour(stretch, planes, chroma)
        for planes, chroma in zip((first, second), plain, strict=True)
    )
    mean_light, mean_chroma = (first[0] + second[0]) / 2, (one.chroma + two.chroma) / 2
    half_turn, hue = _halfway(one, two)
    tone, tone_slope = _tone(hue)
    bow = (mean_light - 50) ** 2
    light_weight = 1 + 0.015 * bow / xp.sqrt(20 + bow)
    chroma_weight, hue_weight = 1 + 0.045 * mean_chroma, 1 + 0.015 * mean_chroma * tone
    chroma_root, root_slope = _saturation(mean_chroma)
    angle, angle_slope = _rotation_angle(hue)
    return _Terms(
        first=one,
        second=two,
        stretch=stretch,
        stretch_slope=-0.5 * slope,
        mean_light=mean_light,
        mean_chroma=mean_chroma,
        light=(second[0] - first[0]) / light_weight,
        chroma=(two.chroma - one.chroma) / chroma_weight,
        hue=2 * xp.sqrt(one.chroma * two.chroma) * half_turn[1] / hue_weight,
        light_weight=light_weight,
        chroma_weight=chroma_weight,
        hue_weight=hue_weight,
        tone=tone,
        tone_slope=tone_slope,
        half_turn=half_turn,
        root=chroma_root,
        root_slope=root_slope,
        angle=angle,
        angle_slope=angle_slope,
        rotation=-2 * chroma_root * xp.sin(2 * angle),
    )


def _sum(terms: _Terms) -> Array:
    """Return the sum of the squares of CIEDE2000 (B,)."""
    turned = terms.rotation * terms.chroma * terms.hue
    square = terms.light**2 + terms.chroma**2 + terms.hue**2 + turned
    return namespace(square).sum(square, axis=(1, 2))


def _slopes(terms: _Terms) -> Planes:
    """Return the gradient of the square by L, a and b of the second colour."""
    xp = namespace(terms.light)
    one, two = terms.first, terms.second
    bow = (terms.mean_light - 50) ** 2
    weight_slope = 0.015 * (20 + bow / 2) / (20 + bow) ** 1.5 * (terms.mean_light - 50)
    by_light = 2 * terms.light * (1 - terms.light * weight_slope) / terms.light_weight

    by_chroma = (2 * terms.chroma + terms.rotation * terms.hue) / terms.chroma_weight
    by_hue = (2 * terms.hue + terms.rotation * terms.chroma) / terms.hue_weight
    by_hue_weight = -by_hue * terms.hue
    by_rotation = -2 * terms.chroma * terms.hue
    by_mean_chroma = (
        -0.045 * by_chroma * terms.chroma
        + 0.015 * by_hue_weight * terms.tone
        + by_rotation * xp.sin(2 * terms.angle) * terms.root_slope
    )
    by_mean_hue = (
        0.015 * by_hue_weight * terms.mean_chroma * terms.tone_slope
        + 2 * by_rotation * terms.root * xp.cos(2 * terms.angle) * terms.angle_slope
    )
    cosine, sine = terms.half_turn
    by_turn = by_hue * xp.sqrt(one.chroma * two.chroma) * cosine
    by_turn = by_turn * one.coloured * two.coloured
    both = by_hue * sine
    by_a_1, _ = _pull_back(
        one,
        by_mean_chroma / 2 - by_chroma + both * xp.sqrt(two.chroma / one.chroma),
        by_mean_hue * (1 - two.coloured / 2) - by_turn,
    )
    by_a_2, by_b_2 = _pull_back(
        two,
        by_mean_chroma / 2 + by_chroma + both * xp.sqrt(one.chroma / two.chroma),
        by_mean_hue * (1 - one.coloured / 2) + by_turn,
    )
    by_stretch = by_a_1 * one.plain_a + by_a_2 * two.plain_a
    by_plain_chroma = by_stretch * terms.stretch_slope / (2 * two.plain_chroma)
    by_a = by_a_2 * terms.stretch + by_plain_chroma * two.plain_a
    return by_light, by_a, by_b_2 + by_plain_chroma * two.b


def _pull_back(colour: _Colour, by_chroma: Array, by_hue: Array) -> tuple[Array, Array]:
    """Return the gradient by a stretched a, and by b, from that by chroma and hue."""
    along, across = by_chroma / colour.chroma, by_hue * colour.coloured / colour.chroma**2
    return along * colour.a - across * colour.b, along * colour.b + across * colour.a


def _colour(stretch: Array, planes: Planes, plain_chroma: Array) -> _Colour:
    xp = namespace(stretch)
    _, plain_a, b = planes
    a = stretch * plain_a
    coloured = xp.astype(a * a + b * b > _TINY, a.dtype)
    return _Colour(a, b, _length(a, b), plain_a, plain_chroma, coloured)


def _length(a: Array, b: Array) -> Array:
    return namespace(a).sqrt(a * a + b * b + _TINY)


def _saturation(chroma: Array) -> tuple[Array, Array]:
    """Return sqrt(c^7 / (c^7 + 25^7)) and its slope."""
    square = (chroma / 25) ** 2
    seventh = square * square * square * chroma / 25
    root = namespace(chroma).sqrt(seventh / (seventh + 1))
    return root, 3.5 * root / (seventh + 1) / chroma


def _halfway(one: _Colour, two: _Colour) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return cosine and sine of half the turn from one hue to the other, and of their mean."""
    xp = namespace(one.a)
    a_1, b_1 = one.a / one.chroma * one.coloured, one.b / one.chroma * one.coloured
    a_2, b_2 = two.a / two.chroma * two.coloured, two.b / two.chroma * two.coloured
    cosine, sine = a_1 * a_2 + b_1 * b_2, a_1 * b_2 - b_1 * a_2
    half_cosine = xp.sqrt(xp.clip((1 + cosine) / 2, 0, 1))
    blunt = xp.where(sine < 0, -xp.ones_like(sine), xp.ones_like(sine))
    blunt = blunt * xp.sqrt(xp.clip((1 - cosine) / 2, 0, 1))
    # The difference from 1 is lost in rounding where hues are alike.
    sharp = sine / (2 * xp.maximum(half_cosine, xp.full_like(sine, 0.5)))
    half_sine = xp.where(cosine >= 0, sharp, blunt)
    a, b = a_1 + a_2, b_1 + b_2
    length = _length(a, b)
    return (half_cosine, half_sine), (a / length, b / length)


def _tone(hue: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the hue's weight, and its slope by the hue, from the hue's cosine and sine."""
    cosine, sine = 1 + 0 * hue[0], 0 * hue[0]
    tone, slope = cosine, sine
    for factor, multiple, degrees in _TONES:
        cosine, sine = cosine * hue[0] - sine * hue[1], sine * hue[0] + cosine * hue[1]
        turned = radians(degrees)
        tone = tone + factor * (cosine * cos(turned) - sine * sin(turned))
        slope = slope - factor * multiple * (sine * cos(turned) + cosine * sin(turned))
    return tone, slope


def _rotation_angle(hue: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the angle of the rotation in the blue, and its slope by the hue."""
    xp = namespace(hue[0])
    angle = xp.atan2(hue[1], hue[0])
    angle = xp.where(angle < 0, angle + 2 * pi, angle)
    away = (angle * (180 / pi) - 275) / 25
    value = pi / 6 * xp.exp(-(away**2))
    return value, value * away * (-2 * 180 / pi / 25)
