"""What an attack is asked to do, and what it is told at each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array


class Companion(Protocol):
    """What an attack builds once for each image: smoothers, or matrices."""

    def take(self, rows: NDArray[np.intp]) -> Companion:
        """Return that of some images."""

    def join(self, other: Any) -> Companion:
        """Return that of both groups of images."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The images under attack, one row each.

    Attributes
    ----------
    originals
        (B, H, W, C) in [0, 1].
    labels
        (B,): the class to leave, or to reach where ``targeted`` is True.
    targeted
        (B,) of bool.
    indices
        (B,): the position of each image in the whole attack.
    seeds
        (B,) of uint32: of each image's random numbers; see `draws`.
    guidance
        What the attack built for the images, if it smooths.
    """

    originals: Array
    labels: Array
    targeted: Array
    indices: Array
    seeds: Array
    guidance: Companion | None = None

    def take(self, rows: NDArray[np.intp]) -> Problem:
        """Return the problem of some images."""
        return Problem(
            self.originals[rows],
            self.labels[rows],
            self.targeted[rows],
            self.indices[rows],
            self.seeds[rows],
            self.guidance.take(rows) if self.guidance else None,
        )

    def join(self, other: Problem) -> Problem:
        """Return the problem of both groups of images."""
        guidance = None
        if self.guidance is not None and other.guidance is not None:
            guidance = self.guidance.join(other.guidance)
        return Problem(
            np.concatenate([self.originals, other.originals]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.targeted, other.targeted]),
            np.concatenate([self.indices, other.indices]),
            np.concatenate([self.seeds, other.seeds]),
            guidance,
        )


@dataclass(frozen=True, slots=True)
class Rivals:
    """The boundaries to the strongest other classes, the strongest first.

    Attributes
    ----------
    gaps
        (B, M): y_t - y_i of the label t, the sign turned where targeted.
    gradients
        (B, M, H, W, C): gradient of each gap.
    """

    gaps: Array
    gradients: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the classifier said of the images that an attack proposed.

    Attributes
    ----------
    images
        (B, H, W, C): the proposed images.
    logits
        (B, K).
    gap
        (B,): y_t - max_{i != t} y_i of the label t, with the sign turned where targeted:
        negative means adversarial (the bracket of eq. 3).
    objective
        (B,): what the attack lowers: the gap, or the negative cross-entropy (its
        positive where targeted).
    gradient
        (B, H, W, C): gradient of the objective.
    evaluations
        (B,): how many gradients this has cost.
    passes
        (B,): how many forward passes.
    rivals
        The single boundaries, for attacks that ask for them.
    """

    images: Array
    logits: Array
    gap: Array
    objective: Array
    gradient: Array
    evaluations: Array
    passes: Array
    rivals: Rivals | None = None
