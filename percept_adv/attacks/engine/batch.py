"""What an attack is asked to do, and what it is told at each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.decisions import Rule
    from percept_adv.storing import Store


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
        The class (B,), or the labels (B, K), to leave, or to reach where ``targeted`` is True.
    targeted
        (B,) of bool.
    indices
        (B,): the position of each image in the whole attack.
    seeds
        (B,) of uint32: of each image's random numbers; see `draws`.
    rule
        How the target's scores become a decision.
    scale
        (B,): what each image's scores are multiplied by, so that no attack depends on the scale
        of a model's logits.
    mask
        (B, H, W, 1): 1 where an image may change, 0 elsewhere; None where it may everywhere. What
        the target does not see stays as it is.
    stores
        B of `percept_adv.storing.Store`: what each image is stored as.
    guidance
        What the attack built for the images, if it smooths.
    seen
        (H, W) of bool: what of the images the target sees; None for all. Blocks of a JPEG at that
        border may reach beyond it.
    """

    originals: Array
    labels: Array
    targeted: Array
    indices: Array
    seeds: Array
    rule: Rule
    scale: Array
    stores: tuple[Store, ...]
    mask: Array | None = None
    guidance: Companion | None = None
    seen: NDArray[np.bool_] | None = None

    def gap(self, scores: Array) -> Array:
        """Return how far each image (B,) is from being adversarial: negative means it is.

        NaN where the scores are NaN.

        Parameters
        ----------
        scores
            (B, K), times the problem's scale.

        Returns
        -------
        array
            (B,).
        """
        xp = namespace(scores)
        gap = self.scale * self.rule.gap(scores, self.labels, self.targeted)
        return xp.astype(gap, xp.float32)

    def confined(self, images: Array) -> Array:
        """Return images that are the originals wherever these may not change.

        Parameters
        ----------
        images
            (B, H, W, C).

        Returns
        -------
        array
            (B, H, W, C).
        """
        if self.mask is None:
            return images
        return namespace(images).where(self.mask > 0, images, self.originals)

    def take(self, rows: NDArray[np.intp]) -> Problem:
        """Return the problem of some images.

        Parameters
        ----------
        rows
            Positions within the batch.

        Returns
        -------
        Problem
            Of these images, in this order; the problem itself if they are all of it.
        """
        # A large file comes alone, and is not copied.
        if np.array_equal(rows, np.arange(len(self.originals))):
            return self
        return Problem(
            self.originals[rows],
            self.labels[rows],
            self.targeted[rows],
            self.indices[rows],
            self.seeds[rows],
            self.rule,
            self.scale[rows],
            tuple(self.stores[row] for row in rows),
            None if self.mask is None else self.mask[rows],
            self.guidance.take(rows) if self.guidance else None,
            self.seen,
        )

    def join(self, other: Problem) -> Problem:
        """Return the problem of both groups of images.

        Parameters
        ----------
        other
            Of further images of the same size.

        Returns
        -------
        Problem
            This one's images first.
        """
        guidance = None
        if self.guidance is not None and other.guidance is not None:
            guidance = self.guidance.join(other.guidance)
        mask = None
        if self.mask is not None and other.mask is not None:
            mask = np.concatenate([self.mask, other.mask])
        return Problem(
            np.concatenate([self.originals, other.originals]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.targeted, other.targeted]),
            np.concatenate([self.indices, other.indices]),
            np.concatenate([self.seeds, other.seeds]),
            self.rule,
            np.concatenate([self.scale, other.scale]),
            self.stores + other.stores,
            mask,
            guidance,
            self.seen,
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
        (B, K): the scores, times the problem's scale.
    gap
        (B,): how far the scores are from another decision, times the problem's scale; for argmax
        the bracket of eq. 3. Negative means adversarial.
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
