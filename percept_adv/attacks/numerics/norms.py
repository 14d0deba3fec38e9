"""The norms that attacks measure perturbations in, with all that belongs to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import (
    absolute_sum,
    largest,
    namespace,
    norm,
    per_image,
    unit,
)
from percept_adv.attacks.numerics.random_numbers import normal, uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.attacks.numerics.arrays import Array

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Measure:
    """A norm of perturbations (B, ...).

    Attributes
    ----------
    length
        The norm of each perturbation (B,).
    dual
        The dual norm: a slope g falls by dual(g) over a distance of 1.
    project
        ``project(perturbation, radius)``: the nearest perturbation of a norm up to (B,).
    direction
        The direction of steepest ascent, of norm 1.
    sample
        ``sample(seeds, draw, like)``: random perturbations of norm up to 1; arguments as for
        `draws.uniform`.
    """

    length: Callable[[Array], Array]
    dual: Callable[[Array], Array]
    project: Callable[[Array, Array], Array]
    direction: Callable[[Array], Array]
    sample: Callable[[Array, Array, Array], Array]


def _project_l2(perturbation: Array, radius: Array) -> Array:
    xp = namespace(perturbation)
    length = norm(perturbation)
    longest = xp.maximum(xp.maximum(length, radius), xp.full_like(length, _TINY))
    return perturbation * per_image(radius / longest, perturbation)


def _project_linf(perturbation: Array, radius: Array) -> Array:
    xp, bound = namespace(perturbation), per_image(radius, perturbation)
    return xp.minimum(xp.maximum(perturbation, -bound), bound)


def _signs(gradient: Array) -> Array:
    return namespace(gradient).sign(gradient)


def _sample_l2(seeds: Array, draw: Array, like: Array) -> Array:
    """Return a direction: in so many dimensions a ball's volume lies at its surface."""
    return unit(normal(seeds, draw, like))


def _sample_linf(seeds: Array, draw: Array, like: Array) -> Array:
    return 2 * uniform(seeds, draw, like) - 1


L2 = Measure(norm, norm, _project_l2, unit, _sample_l2)
LINF = Measure(largest, absolute_sum, _project_linf, _signs, _sample_linf)
MEASURES = {"l2": L2, "linf": LINF}
"""The norm of each name."""
