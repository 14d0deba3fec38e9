"""Where an attack walks: on the images themselves, or on the blocks of a large file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.inside_ball import InsideBall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Blocks


@dataclass(frozen=True, slots=True)
class Walk:
    """Images that walk together.

    Attributes
    ----------
    target
        What they are shown to.
    problem
        The images under attack, as the attack sees them.
    """

    target: Target
    problem: Problem

    def landed(self, problem: Problem, tracked: State) -> tuple[Problem, State]:
        """Return the images themselves and what was found of them, for some of the walk."""
        return problem, tracked


@dataclass(frozen=True, slots=True)
class CoarseWalk(Walk):
    """One large file on its blocks; what is found is lifted to its pixels.

    Attributes
    ----------
    whole
        The file.
    blocks
        Its grid.
    """

    whole: Problem
    blocks: Blocks

    def landed(self, problem: Problem, tracked: State) -> tuple[Problem, State]:
        """Return the file and the lifted image."""
        if not len(problem.originals):
            return problem, tracked
        change = np.asarray(tracked["image"][0] - problem.originals[0])
        image = self.blocks.lifted(change)
        image += self.whole.originals[0]
        np.clip(image, 0, 1, out=image)
        images = self.whole.confined(image[np.newaxis])
        return self.whole, {**tracked, "image": images}


def walks_of(attack: Attack, target: Target, problem: Problem) -> Iterator[Walk]:
    """Yield all images in one walk, or each large file in a walk of its own.

    An attack inside a given distortion walks on pixels: that distortion is theirs.
    """
    blocks = target.blocks
    if blocks is None or isinstance(attack.settling, InsideBall):
        yield Walk(target, problem)
        return
    for row in range(len(problem.originals)):
        whole = problem.take(np.array([row]))
        image = np.asarray(whole.originals[0])
        means = blocks.means(image)
        mask = None if whole.mask is None else _coarse_mask(whole.mask, blocks)
        small = replace(whole, originals=means[np.newaxis], mask=mask)
        yield CoarseWalk(target.in_blocks(image, means, blocks), small, whole, blocks)


def _coarse_mask(mask: NDArray[Any], blocks: Blocks) -> NDArray[np.float32]:
    """Return which blocks may change at all, (1, h, w, 1); pixels that may not stay anyway."""
    allowed: NDArray[np.float32] = (blocks.means(mask[0]) > 0).astype(np.float32)
    return allowed[np.newaxis]
