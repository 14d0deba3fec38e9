"""Stored images along one direction on a lattice, ordered by how adversarial they should be.

Let the gap be linear with slope p by the coordinates k of the lattice, a the anchor, and s the
length of one step. The least sum of s_i^2 (k_i - a_i)^2 + lam p_i k_i over integers is at
k = round(a - lam p / (2 s^2)): the straight path. It counts changes as if decoding did not round.
A JPEG's pixels are rounded, so that a block costs much as soon as it changes at all, and little
more when it changes further. The regional path therefore decodes some images of the straight one,
and takes for each block, at a price lam of the gap, the one of least cost. Neither is the better
one everywhere: the search takes them in turn, and what one has found the other goes on from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.storing import Lattice, Regions

_NEAREST, _FARTHEST = 1e-3, 4096.0
_TINY = 1e-30
_REACHES = np.geomspace(0.5, 8, 10)
"""Where the straight path is decoded, times where its first coordinates change."""
_FIRST = 0.9995
"""The quantile of the coordinates' speeds that counts as the first."""
_TRUSTED = 16.0
"""How many times as far as foreseen a gradient is followed where another one can be had."""


class Path(Protocol):
    """Images by one number: the larger, the more adversarial."""

    def begin(self) -> float:
        """Return the number to try first."""

    def remember(self, lam: float) -> None:
        """Keep a number that has worked for the next path."""

    @property
    def range(self) -> tuple[float, float]:
        """The number below which none moves, and that beyond which all have moved."""

    def at(self, lam: float) -> NDArray[np.int16]:
        """Return the coordinates at a number."""


@dataclass(slots=True)
class Line:
    """What is known of the way of one image: its lattice, its anchor and the gap's slope."""

    settling: Settling
    lattice: Lattice
    original: NDArray[np.floating]
    near: NDArray[np.floating]
    movable: NDArray[np.bool_] | None
    point: NDArray[np.floating]
    anchor: NDArray[np.float32] = field(init=False)
    regions: Regions | None = field(init=False)
    gradient: NDArray[np.floating] | None = None
    heard: int = 0
    direction: NDArray[np.floating] = field(init=False)
    descent: float = _TINY
    reach: float = 0.0
    lam: float = 0.0
    price: float = 0.0

    def __post_init__(self) -> None:
        self.anchor = self.lattice.locate(self.near)
        self.regions = self.lattice.regions
        self.direction = np.zeros_like(self.anchor)

    def learn(self, gradient: NDArray[np.floating]) -> None:
        """Average the gradient with a new one."""
        if self.gradient is not None:
            # Weights 1, 2, 3, ...: the first gradients are taken furthest from where it ends.
            kept = np.float32(self.heard / (self.heard + 2))
            gradient = kept * self.gradient + (1 - kept) * gradient
        self.heard += 1
        self.gradient = gradient
        slope = self.lattice.pull_back(gradient)
        # A block beyond the picture's border changes nothing: its steps are 0, and its slope.
        # In place: these arrays are what a large file costs.
        direction = np.square(self.lattice.steps)
        direction *= -2
        np.minimum(direction, -_TINY, out=direction)
        np.divide(slope, direction, out=direction)
        self.direction = direction
        self.descent = max(float(np.sum(-slope * direction)), _TINY)
        if self.lam == 0.0:
            self.lam = 1.0 / self.descent

    def trusted(self, gap: float) -> float:
        """Return the largest lam of the straight path that a gradient speaks for.

        It lies beyond what the gradient foresees and where the first coordinate moves, and twice
        as far as earlier gradients were followed in vain (``reach``).

        Parameters
        ----------
        gap
            What is to become negative, at the rounded anchor.
        """
        foreseen = _TRUSTED * max(self.lam, gap / self.descent)
        return max(foreseen, 1 / self.fastest, 2 * self.reach)

    @property
    def fastest(self) -> float:
        """How much the coordinate that moves first changes with lam."""
        return max(float(np.abs(self.direction).max()), _TINY)

    def path(self, *, refines: bool) -> Path:
        """Return the straight path; to refine a success every other time the regional one."""
        even = self.heard % 2 == 0
        if refines and even and self.regions is not None and self.gradient is not None:
            return RegionalPath(self, self.regions, self.gradient)
        return StraightPath(self)

    def at(self, lam: float | NDArray[np.floating]) -> NDArray[np.int16]:
        """Return the coordinates at a lam, or at one for each coordinate."""
        coordinates = np.float32(lam) * self.direction
        coordinates += self.anchor
        return self._stored(coordinates)

    def rounded(self, image: NDArray[np.floating]) -> NDArray[np.int16]:
        """Return the coordinates nearest to an image."""
        return self._stored(self.lattice.locate(image))

    def change(self, pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
        """Return what the search keeps small, (H, W, C)."""
        change = from_uint8(pixels, np.float32)
        change -= self.near
        return change

    def cost(self, pixels: NDArray[np.uint8]) -> float:
        """Return the distance that the search keeps small."""
        return float(np.linalg.norm(self.change(pixels)))

    def _stored(self, coordinates: NDArray[np.floating]) -> NDArray[np.int16]:
        if self.movable is not None:
            coordinates = np.where(self.movable, coordinates, self.lattice.origin)
        nearest = self.lattice.nearest(coordinates)
        return self.settling.confined(self.lattice, self.original, nearest)


@dataclass(frozen=True, slots=True)
class StraightPath:
    """One lam for all coordinates."""

    line: Line

    def begin(self) -> float:
        """Return the last lam that worked."""
        return self.line.lam

    def remember(self, lam: float) -> None:
        """Keep a lam."""
        self.line.lam = lam

    @property
    def range(self) -> tuple[float, float]:
        """The lam below which none moves, and that beyond which all have left what is stored."""
        fastest = self.line.fastest
        return _NEAREST / fastest, _FARTHEST / fastest

    def at(self, lam: float) -> NDArray[np.int16]:
        """Return the coordinates at a lam."""
        return self.line.at(lam)


@dataclass(slots=True)
class RegionalPath:
    """For each region the lam that is best at one price of the gap.

    Attributes
    ----------
    reaches
        (T,): the lams that are tried, the first is 0.
    costs, gains
        (T, R): what each region costs there, squared, and by how much it lowers the gap.
    """

    line: Line
    regions: Regions
    gradient: NDArray[np.floating]
    reaches: NDArray[np.floating] = field(init=False)
    costs: NDArray[np.floating] = field(init=False)
    gains: NDArray[np.floating] = field(init=False)

    def __post_init__(self) -> None:
        speeds = np.abs(self.line.direction)
        first = 0.5 / max(float(np.quantile(speeds[speeds > 0], _FIRST)), _TINY)
        self.reaches = np.array([0.0, *(first * _REACHES)])
        costs, gains = [], []
        for lam in self.reaches:
            change = self.line.change(self.line.lattice.decode(self.line.at(float(lam))))
            costs.append(self.regions.sums(np.square(change)))
            gains.append(self.regions.sums(-self.gradient * change))
        self.costs, self.gains = np.array(costs), np.array(gains)
        self.gains -= self.gains[0]

    def begin(self) -> float:
        """Return the last price that worked, or that of the best regions."""
        return self.line.price or float(np.quantile(self._prices(), 0.02))

    def remember(self, lam: float) -> None:
        """Keep a price."""
        self.line.price = lam

    @property
    def range(self) -> tuple[float, float]:
        """The price below which no region moves, and that beyond which all have moved."""
        prices = self._prices()
        return float(prices.min()) / 2, 2 * float(prices.max())

    def at(self, lam: float) -> NDArray[np.int16]:
        """Return the coordinates at a price."""
        best = np.argmin(self.costs - lam * self.gains, axis=0)
        return self.line.at(self.reaches[best][self.regions.owners])

    def _prices(self) -> NDArray[np.floating]:
        """Return the prices at which single moves begin to pay; 1 if none does."""
        more = self.costs[1:] - self.costs[0]
        pays = (self.gains[1:] > _TINY) & (more > 0)
        return more[pays] / self.gains[1:][pays] if pays.any() else np.ones(1)
