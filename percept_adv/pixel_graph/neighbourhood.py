"""Which pixels are joined by an edge, and the spatial part of its weight (eq. 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, exp, isfinite
from numbers import Real

from percept_adv.errors import ParameterError


@dataclass(frozen=True)
class Neighbourhood:
    """Half of a symmetric set of pixel offsets: each edge is listed once.

    Attributes
    ----------
    offsets
        Offsets (rows down, columns right) from one end of an edge to the other, in pixels.
    spatial
        The spatial kernel k_s of each offset, in (0, 1].
    """

    offsets: tuple[tuple[int, int], ...]
    spatial: tuple[float, ...]


def neighbourhood(
    neighbours: float | Mapping[str, float] = 4, *, spatial_sigma: float = 1.0
) -> Neighbourhood:
    """Return the offsets of a neighbourhood with their spatial weights.

    Parameters
    ----------
    neighbours
        4 or 8 grid neighbours; ``{"radius": r}``, or another positive number r, for all
        pixels within r pixels.
    spatial_sigma
        Standard deviation in pixels of the Gaussian spatial kernel of every
        neighbourhood but the 4 neighbours, whose kernel is 1.

    Returns
    -------
    Neighbourhood
        Each edge once.

    Raises
    ------
    ParameterError
        If ``neighbours`` or ``spatial_sigma`` is not a positive finite number.

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood
    >>> neighbourhood(4).offsets
    ((0, 1), (1, 0))
    """
    if not (isinstance(spatial_sigma, Real) and isfinite(spatial_sigma) and spatial_sigma > 0):
        raise ParameterError(
            f"spatial_sigma is {spatial_sigma!r}: give a positive number of pixels"
        )
    if neighbours == 4:
        return Neighbourhood(((0, 1), (1, 0)), (1.0, 1.0))
    if neighbours == 8:
        offsets: tuple[tuple[int, int], ...] = ((0, 1), (1, 0), (1, 1), (1, -1))
    else:
        offsets = _half_disc(_radius(neighbours))
    spatial = tuple(exp(-(dy * dy + dx * dx) / (2.0 * spatial_sigma**2)) for dy, dx in offsets)
    return Neighbourhood(offsets, spatial)


def _radius(neighbours: object) -> float:
    """Read the radius out of either of its two spellings."""
    radius = neighbours
    if isinstance(neighbours, Mapping) and set(neighbours) == {"radius"}:
        radius = neighbours["radius"]
    if not isinstance(radius, Real) or not isfinite(radius) or radius < 1:
        raise ParameterError(
            f'neighbours is {neighbours!r}: give 4, 8, or {{"radius": r}} with r at least 1 pixel'
        )
    return float(radius)


def _half_disc(radius: float) -> tuple[tuple[int, int], ...]:
    """List the offsets within ``radius`` that lie below, or to the right in the same row."""
    reach = ceil(radius)
    return tuple(
        (dy, dx)
        for dy in range(reach + 1)
        for dx in range(-reach, reach + 1)
        if (dy > 0 or dx > 0) and dy * dy + dx * dx <= radius * radius
    )
