"""Gradients estimated from scores: central differences along random directions.

Ilyas, Engstrom, Athalye and Lin, "Black-box Adversarial Attacks with Limited Queries and
Information", 2018. A direction per sample would say nothing in 150 000 dimensions, so that
directions are constant on the cells of a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.batch import Step
from percept_adv.attacks.numerics.arrays import per_image
from percept_adv.attacks.numerics.random_numbers import normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.numerics.arrays import State


@dataclass(frozen=True, slots=True)
class EstimatedQuery:
    """The gap, and an estimate of its gradient that asks for scores only.

    The attack's state has an entry ``drawn`` (B,): how many steps each image has behind it.

    Attributes
    ----------
    pairs
        How many directions; each costs two forward passes.
    sigma
        Standard deviation of the samples' change. Small ones see nothing of scores that are
        rounded.
    cells
        Cells of a direction along the shorter side of the image.
    """

    pairs: int
    sigma: float
    cells: int

    @property
    def passes(self) -> int:
        """The forward passes of a step."""
        return 2 * self.pairs + 1

    def cost(self, target: Target) -> int:  # noqa: ARG002
        """Return 0."""
        return 0

    def ask(
        self,
        target: Target,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,
    ) -> Step:
        """Return the scores, the gap and the estimate."""
        scores = target.logits(images)
        gap = problem.gap(scores)
        gradient = np.zeros_like(images)
        for pair in range(self.pairs):
            direction = self._direction(problem, images, self.pairs * state["drawn"] + pair)
            ahead, behind = (
                problem.gap(target.logits(np.clip(images + step * direction, 0, 1)))
                for step in (self.sigma, -self.sigma)
            )
            slope = (ahead - behind) / (2 * self.sigma * self.pairs)
            # Where the scores are no numbers a direction says nothing.
            slope = np.where(np.isfinite(slope), slope, 0).astype(images.dtype)
            gradient += per_image(slope, images) * direction
        return Step(
            images=images,
            logits=scores * problem.scale[:, np.newaxis],
            gap=gap,
            objective=gap,
            gradient=gradient,
            evaluations=np.zeros(len(images), np.int64),
            passes=np.full(len(images), self.passes, np.int64),
        )

    def _direction(
        self, problem: Problem, images: NDArray[np.floating], draw: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Return standard normal numbers (B, H, W, C), equal on each cell, 0 outside the mask."""
        count, height, width, channels = images.shape
        side = max(1, round(min(height, width) / self.cells))
        grid = np.zeros((count, -(-height // side), -(-width // side), channels), images.dtype)
        small = normal(problem.seeds, draw, grid)
        repeated = small.repeat(side, axis=1).repeat(side, axis=2)
        direction: NDArray[np.floating] = repeated[:, :height, :width]
        if problem.mask is not None:
            direction = direction * problem.mask
        return direction
