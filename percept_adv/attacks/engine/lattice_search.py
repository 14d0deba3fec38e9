"""From an attack's image to a stored one: the search among what can be stored.

Rounding is a part of the problem. A gradient gives a path of images on the lattice, ordered by a
number lam: `percept_adv.attacks.engine.lattice_paths`. The least lam whose image the deployed model
takes for adversarial is bracketed with forward passes alone. The gradient is then taken anew at
that image, averaged with those before, and the search begins again; the best image of all rounds
is kept.
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
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.engine.target import Target
    from percept_adv.storing import Lattice

_PRECISION, _GROWTH = 1.015, 1.1
_TRIES = 24
_FASTEST = 8.0
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
        points = stacked([lines[row].point for row in rows]).astype(np.float32, copy=False)
        for row, gradient in zip(rows, _gap_gradients(target, part, points), strict=True):
            lines[row].learn(gradient)
            settled[row].backward_count += 1
        _search(target, problem, lines, settled, success, rows)


def _enough(settling: Settling, success: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.array([settling.is_enough(success=bool(one)) for one in success], bool)


def _line(settling: Settling, problem: Problem, images: NDArray[np.floating], row: int) -> Line:
    original = problem.originals[row]
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
    success: NDArray[np.bool_],
    rows: Sequence[int],
) -> None:
    """Bracket the least lam of each row; ``settled`` and ``success`` keep what is best."""
    moving = [row for row in rows if lines[row].direction.any()]
    paths = {row: lines[row].path(refines=bool(success[row])) for row in moving}
    brackets = {row: _Bracket(path.begin(), *path.range) for row, path in paths.items()}
    for _ in range(_TRIES):
        active = [row for row, bracket in brackets.items() if not bracket.is_over]
        if not active:
            break
        tried = [paths[row].at(brackets[row].lam) for row in active]
        pixels = [lines[row].lattice.decode(k) for row, k in zip(active, tried, strict=True)]
        scores = _scores(target, pixels)
        gaps = problem.take(np.array(active)).gap(scores)
        for i, row in enumerate(active):
            line, best, bracket = lines[row], settled[row], brackets[row]
            best.forward_count += 1
            works = bool(gaps[i] < 0)
            if works:
                paths[row].remember(bracket.lam)
                line.point = from_uint8(pixels[i], np.float32)
            if works and (not success[row] or line.cost(pixels[i]) < line.cost(best.pixels)):
                best.coordinates, best.pixels, best.scores = tried[i], pixels[i], scores[i]
                success[row] = True
            bracket.hear(success=works)


def _scores(target: Target, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.floating]:
    return target.logits(stacked(pixels))


def _gap_gradients(
    target: Target, problem: Problem, images: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the gradients of the gap; 0 where they are no numbers."""
    step, _ = usable(problem, LossQuery().ask(target, problem, images, {}))
    return np.asarray(step.gradient)
