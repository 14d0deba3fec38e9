"""From an attack's image to a stored one: the search among what can be stored.

Rounding is a part of the problem. Let the gap be linear with slope p by the coordinates k of the
lattice, a the anchor, and s the length of one step. The least sum of s_i^2 (k_i - a_i)^2 +
lam p_i k_i over integers is then at k = round(a - lam p / (2 s^2)). The least lam whose image the
deployed model takes for adversarial is bracketed with forward passes alone. The gradient is then
taken anew at that image, averaged with those before, and the search begins again; the best image
of all rounds is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.queries import LossQuery
from percept_adv.attacks.engine.usable import usable
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.engine.target import Target
    from percept_adv.storing import Lattice

_PRECISION, _GROWTH = 1.015, 1.1
_TRIES = 24
_NEAREST, _FARTHEST, _FASTEST = 1e-3, 4096.0, 8.0
MOST_ROUNDS = 40
"""Gradients beyond which hardly anything is gained."""
_TINY = 1e-30


@dataclass(slots=True)
class Settled:
    """What one image is stored as, the model's scores for it, and what finding it has cost."""

    coordinates: NDArray[np.int32]
    pixels: NDArray[np.uint8]
    scores: NDArray[np.floating]
    lattice: Lattice
    forward_count: int = 1
    backward_count: int = 0

    @property
    def file(self) -> bytes:
        """The bytes of the file."""
        return self.lattice.encode(self.coordinates)


@dataclass(slots=True)
class _Line:
    """The images along one direction on the lattice, from an anchor on, and the search on it."""

    settling: Settling
    lattice: Lattice
    original: NDArray[np.floating]
    near: NDArray[np.floating]
    movable: NDArray[np.bool_] | None
    point: NDArray[np.floating]
    anchor: NDArray[np.float32] = field(init=False)
    slope: NDArray[np.floating] | None = None
    heard: int = 0
    direction: NDArray[np.floating] = field(init=False)
    lam: float = 0.0

    def __post_init__(self) -> None:
        self.anchor = self.lattice.locate(self.near)
        self.direction = np.zeros_like(self.anchor)

    def learn(self, gradient: NDArray[np.floating]) -> None:
        """Average the slope with a new gradient."""
        slope = self.lattice.pull_back(gradient)
        if self.slope is not None:
            # Weights 1, 2, 3, ...: the first gradients are taken furthest from where it ends.
            kept = np.float32(self.heard / (self.heard + 2))
            slope = kept * self.slope + (1 - kept) * slope
        self.heard += 1
        self.slope = slope
        # A block beyond the picture's border changes nothing: its steps are 0, and its slope.
        # In place: these arrays are what a large file costs.
        direction = np.square(self.lattice.steps)
        direction *= -2
        np.minimum(direction, -_TINY, out=direction)
        np.divide(slope, direction, out=direction)
        self.direction = direction
        if self.lam == 0.0:
            self.lam = 1.0 / max(float(np.sum(-slope * self.direction)), _TINY)

    @property
    def range(self) -> tuple[float, float]:
        """The lam below which none moves, and that beyond which all have left what is stored."""
        fastest = max(float(np.abs(self.direction).max()), _TINY)
        return _NEAREST / fastest, _FARTHEST / fastest

    def at(self, lam: float) -> NDArray[np.int32]:
        """Return the coordinates at a lam."""
        coordinates = np.float32(lam) * self.direction
        coordinates += self.anchor
        return self._stored(coordinates)

    def rounded(self, image: NDArray[np.floating]) -> NDArray[np.int32]:
        """Return the coordinates nearest to an image."""
        return self._stored(self.lattice.locate(image))

    def cost(self, pixels: NDArray[np.uint8]) -> float:
        """Return the distance that the search keeps small."""
        return float(np.linalg.norm(from_uint8(pixels, np.float32) - self.near))

    def _stored(self, coordinates: NDArray[np.floating]) -> NDArray[np.int32]:
        if self.movable is not None:
            coordinates = np.where(self.movable, coordinates, self.lattice.origin)
        nearest = self.lattice.nearest(coordinates)
        return self.settling.confined(self.lattice, self.original, nearest)


@dataclass(slots=True)
class _Bracket:
    """A lam that fails and one that works, as far as they are known, and the next to try."""

    lam: float
    least: float
    most: float
    low: float = 0.0
    high: float = np.inf
    growth: float = _GROWTH

    @property
    def is_over(self) -> bool:
        """Whether no more can be gained."""
        if self.high <= self.low * _PRECISION:
            return True
        return not self.least <= self.lam <= self.most

    def hear(self, *, success: bool) -> None:
        """Learn whether the image at ``lam`` is adversarial, and choose the next."""
        if success:
            self.high = self.lam
        else:
            self.low = self.lam
        if self.low > 0 and np.isfinite(self.high):
            self.lam = float(np.sqrt(self.low * self.high))
        else:
            self.lam *= 1 / self.growth if success else self.growth
            self.growth = min(self.growth**2, _FASTEST)


def settle(
    settling: Settling,
    target: Target,
    problem: Problem,
    images: NDArray[np.floating],
    found: NDArray[np.bool_],
    gradients_left: NDArray[np.int64],
) -> list[Settled]:
    """Store images, and search where storing loses what an attack has found.

    Parameters
    ----------
    settling
        What the attack asks of its stored images.
    target
        The deployed model: it decides, and gives gradients.
    problem
        With a lattice for each image.
    images
        (B, H, W, C): what the attack has found.
    found
        (B,): whether it has found anything; other images are stored as they are.
    gradients_left
        (B,): the most gradients for each.

    Returns
    -------
    list of Settled
        One for each image: the nearest to the settling's anchor that is adversarial as stored; if
        none is, the image itself, rounded.
    """
    lines = [_line(settling, problem, images, row) for row in range(len(images))]
    coordinates = [line.rounded(image) for line, image in zip(lines, images, strict=True)]
    pixels = [line.lattice.decode(k) for line, k in zip(lines, coordinates, strict=True)]
    scores = _scores(target, pixels)
    lattices = [line.lattice for line in lines]
    settled = [Settled(*parts) for parts in zip(coordinates, pixels, scores, lattices, strict=True)]
    success = problem.gap(scores) < 0
    limit = np.minimum(gradients_left, MOST_ROUNDS)
    while True:
        rows = [
            int(row)
            for row in np.flatnonzero(found & ~_enough(settling, success))
            if settled[row].backward_count < limit[row]
        ]
        if not rows:
            return settled
        part = problem.take(np.array(rows))
        points = np.stack([lines[row].point for row in rows]).astype(np.float32)
        for row, gradient in zip(rows, _gap_gradients(target, part, points), strict=True):
            lines[row].learn(gradient)
            settled[row].backward_count += 1
        _search(target, problem, lines, settled, success, rows)


def _enough(settling: Settling, success: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.array([settling.is_enough(success=bool(one)) for one in success], bool)


def _line(settling: Settling, problem: Problem, images: NDArray[np.floating], row: int) -> _Line:
    original = problem.originals[row]
    lattice = problem.stores[row].lattice(original)
    near = settling.anchor(original, images[row])
    movable = None if problem.mask is None else lattice.movable(problem.mask[row, :, :, 0] > 0)
    return _Line(settling, lattice, original, near, movable, images[row])


def _search(
    target: Target,
    problem: Problem,
    lines: Sequence[_Line],
    settled: list[Settled],
    success: NDArray[np.bool_],
    rows: Sequence[int],
) -> None:
    """Bracket the least lam of each row; ``settled`` and ``success`` keep what is best."""
    brackets = {
        row: _Bracket(lines[row].lam, *lines[row].range)
        for row in rows
        if lines[row].direction.any()
    }
    for _ in range(_TRIES):
        active = [row for row, bracket in brackets.items() if not bracket.is_over]
        if not active:
            break
        tried = [lines[row].at(brackets[row].lam) for row in active]
        pixels = [lines[row].lattice.decode(k) for row, k in zip(active, tried, strict=True)]
        scores = _scores(target, pixels)
        gaps = problem.take(np.array(active)).gap(scores)
        for i, row in enumerate(active):
            line, best, bracket = lines[row], settled[row], brackets[row]
            best.forward_count += 1
            works = bool(gaps[i] < 0)
            if works:
                line.lam = bracket.lam
                line.point = from_uint8(pixels[i], np.float32)
            if works and (not success[row] or line.cost(pixels[i]) < line.cost(best.pixels)):
                best.coordinates, best.pixels, best.scores = tried[i], pixels[i], scores[i]
                success[row] = True
            bracket.hear(success=works)


def _scores(target: Target, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.floating]:
    return target.logits(np.stack(pixels))


def _gap_gradients(
    target: Target, problem: Problem, images: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the gradients of the gap; 0 where they are no numbers."""
    step, _ = usable(problem, LossQuery().ask(target, problem, images, {}))
    return np.asarray(step.gradient)
