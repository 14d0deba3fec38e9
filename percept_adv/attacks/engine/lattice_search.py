"""From an attack's image to a stored one: the search among what can be stored.

Rounding is a part of the problem. A gradient gives a path of images on the lattice, ordered by a
number lam: `percept_adv.attacks.engine.lattice_paths`. The least lam whose image the deployed model
takes for adversarial is bracketed with forward passes alone. The gradient is then taken anew at
that image, averaged with those before, and the search begins again; the best image of all rounds
is kept. Where none is adversarial as far as the gradient can be trusted, the new one is taken at
the image that came nearest; the last gradient is followed to the end. Attacks that ask for scores
only go on along the change that they have found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.lattice_paths import Line
from percept_adv.attacks.engine.queries import LossQuery
from percept_adv.attacks.engine.usable import usable
from percept_adv.attacks.numerics.arrays import stacked
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.lattice_paths import Path
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.engine.target import Target
    from percept_adv.storing import Lattice

_PRECISION, _GROWTH = 1.015, 1.1
_TRIES = 24
_FASTEST = 2.0
MOST_ROUNDS = 40
"""Gradients beyond which hardly anything is gained."""


@dataclass(slots=True)
class Settled:
    """What one image is stored as, the model's scores for it, and what finding it has cost."""

    coordinates: NDArray[np.int16]
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
    gaps = problem.gap(scores)
    limit = np.minimum(gradients_left, MOST_ROUNDS)
    if not settling.asks_gradients:
        limit = np.ones_like(limit)
    rounds = np.zeros_like(limit)
    while True:
        rows = [
            int(row)
            for row in np.flatnonzero(found & (limit > rounds))
            if not lines[row].settling.is_enough(success=bool(gaps[row] < 0))
        ]
        if not rows:
            return settled
        part = problem.take(np.array(rows))
        points = stacked([lines[row].point for row in rows]).astype(np.float32, copy=False)
        if settling.asks_gradients:
            slopes = _gap_gradients(target, part, points)
        else:
            slopes = part.originals - points
        rounds[rows] += 1
        for row, slope in zip(rows, slopes, strict=True):
            lines[row].learn(slope)
            settled[row].backward_count += settling.asks_gradients
        last = [row for row in rows if rounds[row] == limit[row]]
        _search(target, problem, lines, settled, gaps, rows, last)


def _line(settling: Settling, problem: Problem, images: NDArray[np.floating], row: int) -> Line:
    original = problem.originals[row]
    settling = settling.among(problem.stores[row])
    lattice = problem.stores[row].lattice(original)
    near = settling.anchor(original, images[row])
    movable = None
    if problem.mask is not None:
        allowed = problem.mask[row, :, :, 0] > 0
        if problem.seen is not None:
            # A block at the border of what is seen may move whole.
            allowed = allowed | ~problem.seen
        movable = None if allowed.all() else lattice.movable(allowed)
    return Line(settling, lattice, original, near, movable, images[row])


def _search(
    target: Target,
    problem: Problem,
    lines: Sequence[Line],
    settled: list[Settled],
    gaps: NDArray[np.floating],
    rows: Sequence[int],
    last: Sequence[int],
) -> None:
    """Bracket the least lam of each row; ``settled`` and ``gaps`` keep what is best.

    Rows in ``last`` have no other gradient.
    """
    moving = [row for row in rows if lines[row].direction.any()]
    paths = {row: lines[row].path(refines=bool(gaps[row] < 0)) for row in moving}
    brackets = {
        row: _bracket(path, lines[row], None if row in last else float(gaps[row]))
        for row, path in paths.items()
    }
    nearest = dict.fromkeys(moving, np.inf)
    for _ in range(_TRIES):
        active = [row for row, bracket in brackets.items() if not bracket.is_over]
        if not active:
            break
        tried = [paths[row].at(brackets[row].lam) for row in active]
        pixels = [lines[row].lattice.decode(k) for row, k in zip(active, tried, strict=True)]
        scores = _scores(target, pixels)
        for i, gap in enumerate(problem.take(np.array(active)).gap(scores)):
            row = active[i]
            line, best, bracket = lines[row], settled[row], brackets[row]
            best.forward_count += 1
            works = bool(gap < 0)
            if works:
                paths[row].remember(bracket.lam)
            if works or (gaps[row] >= 0 and gap < nearest[row]):
                nearest[row] = gap
                line.point = from_uint8(pixels[i], np.float32)
            if works and (gaps[row] >= 0 or line.cost(pixels[i]) < line.cost(best.pixels)):
                best.coordinates, best.pixels, best.scores = tried[i], pixels[i], scores[i]
                gaps[row] = gap
            bracket.hear(success=works)
    for row, bracket in brackets.items():
        if gaps[row] >= 0:
            lines[row].reach = bracket.low


def _bracket(path: Path, line: Line, gap: float | None) -> _Bracket:
    """Begin a bracket that ends where the gradient is not trusted any more.

    After a success, and with no other gradient to come (None), it is followed to the end.
    """
    least, most = path.range
    if gap is not None and gap >= 0:
        most = min(most, line.trusted(gap))
    return _Bracket(path.begin(), least, most)


def _scores(target: Target, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.floating]:
    return target.logits(stacked(pixels))


def _gap_gradients(
    target: Target, problem: Problem, images: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the gradients of the gap; 0 where they are no numbers."""
    step, _ = usable(problem, LossQuery().ask(target, problem, images, {}))
    return np.asarray(step.gradient)
