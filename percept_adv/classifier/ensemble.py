"""Several classifiers attacked together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from percept_adv.classifier.differentiated import Evaluation
from percept_adv.decisions import Decision, argmax
from percept_adv.decisions.ensemble import Every, OfMean
from percept_adv.errors import ParameterError, ShapeError
from percept_adv.images import as_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.classifier.classifier import Classifier
    from percept_adv.classifier.coarse import Blocks
    from percept_adv.classifier.verification import Loss

Fooled = Literal["all", "mean"]


class Ensemble:
    """Several classifiers of the same classes, to be attacked as one.

    Parameters
    ----------
    members
        Classifiers that take images of one shape, each with its own preprocessing.
    fooled
        ``"all"``: an image is adversarial when every member misclassifies it. ``"mean"``: when
        the mean of their confidences does, as where they are deployed together.

    Attributes
    ----------
    members : tuple of Classifier
    decision : Decision
    class_count : int
        Number of scores that the decision is taken on: of all members for ``"all"``.
    image_shape : tuple
        Height, width (None where any will do) and channels.

    Raises
    ------
    ParameterError
        If there are no members, they have other classes or decisions, or ``fooled`` is neither.
    ShapeError
        If they take images of other shapes.

    Examples
    --------
    >>> from percept_adv import Classifier, Ensemble, attacks
    >>> both = Ensemble([Classifier("c4"), Classifier("c4-adv")])
    >>> result = attacks.ddn(both, images, labels)  # doctest: +SKIP
    """

    def __init__(self, members: Sequence[Classifier], *, fooled: Fooled = "all") -> None:
        self.members = tuple(members)
        if not self.members:
            raise ParameterError("an ensemble has no members: give some classifiers")
        if fooled not in ("all", "mean"):
            raise ParameterError(f"fooled is {fooled!r}: use 'all' or 'mean'")
        first = self.members[0]
        self._check_alike(fooled)
        self.image_shape = first.image_shape
        self.class_names = first.class_names
        self.name = f"{fooled} of {', '.join(member.name for member in self.members)}"
        self._mean = fooled == "mean"
        rule = OfMean() if self._mean else Every(first.decision.rule, len(self.members))
        self.decision = Decision(f"{fooled} {first.decision.name}", rule)
        self.class_count = first.class_count * (1 if self._mean else len(self.members))

    def _check_alike(self, fooled: Fooled) -> None:
        first = self.members[0]
        for other in self.members[1:]:
            if other.image_shape != first.image_shape:
                raise ShapeError(
                    f"{other.name} takes images of {other.image_shape}, {first.name} of "
                    f"{first.image_shape}: give members that take the same "
                    "(classifier.at_file(shape) takes a file's size)"
                )
            if (other.class_count, other.decision.name) != (first.class_count, first.decision.name):
                raise ParameterError(
                    f"{other.name} has {other.class_count} classes and the decision "
                    f"{other.decision.name}, {first.name} {first.class_count} and "
                    f"{first.decision.name}: give members that decide alike"
                )
        if fooled == "mean" and first.decision.rule != argmax().rule:
            raise ParameterError(
                f"the decision is {first.decision.name}: only one class is taken on the mean "
                "confidence; use fooled='all'"
            )

    @property
    def blocks(self) -> Blocks | None:
        """The blocks of pixels in which a large file is attacked: the finest of the members'."""
        each = [member.blocks for member in self.members]
        found = [blocks for blocks in each if blocks is not None]
        return min(found, key=lambda blocks: blocks.side) if len(found) == len(each) else None

    @property
    def seen(self) -> NDArray[np.bool_] | None:
        """Where a file reaches any of the members; None if all of it does."""
        found = [seen for member in self.members if (seen := member.seen) is not None]
        seen = np.any(found, axis=0) if len(found) == len(self.members) else np.array(True)
        return None if seen.all() else seen

    def in_blocks(
        self, image: NDArray[np.float32], means: NDArray[np.float32], blocks: Blocks
    ) -> Ensemble:
        """Return this ensemble for what ``blocks`` make of one file; see `Classifier`.

        Parameters
        ----------
        image
            The file, (H, W, C), in [0, 1].
        means
            Of its blocks.
        blocks
            Where they lie.

        Returns
        -------
        Ensemble
            Of members that take what the blocks make of the file.
        """
        members = [member.in_blocks(image, means, blocks) for member in self.members]
        return Ensemble(members, fooled="mean" if self._mean else "all")

    def checked_images(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return images as `Classifier.checked_images` does.

        Parameters
        ----------
        images
            (N, H, W, C).

        Returns
        -------
        ndarray of float32
            (N, H, W, C), in [0, 1].

        Raises
        ------
        ShapeError, ImageError
            As `Classifier.logits`.
        """
        return self.members[0].checked_images(images)

    def checked_labels(self, labels: NDArray[np.integer] | int, count: int) -> NDArray[np.int64]:
        """Return labels as `Classifier.checked_labels` does.

        Parameters
        ----------
        labels
            As for `Classifier.checked_labels`.
        count
            As for `Classifier.checked_labels`.

        Returns
        -------
        ndarray of int64
            (N,) or (N, K).

        Raises
        ------
        ParameterError
            If they do not fit the decision.
        """
        return self.members[0].checked_labels(labels, count)

    def logits(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return scores: those of all members side by side, or the logarithm of the mean.

        Parameters
        ----------
        images
            As for `Classifier.logits`.

        Returns
        -------
        ndarray of float32
            (N, K) for the mean, (N, members times K) otherwise.

        Raises
        ------
        ShapeError, ImageError
            As `Classifier.logits`.
        """
        each = [member.logits(images) for member in self.members]
        if not self._mean:
            return np.concatenate(each, axis=1)
        return _log_mean(np.stack([_log_softmax(own) for own in each])).astype(np.float32)

    def predict(self, images: NDArray[Any]) -> NDArray[np.int64]:
        """Return the decisions: of the mean, or of most members.

        Parameters
        ----------
        images
            As for `Classifier.logits`.

        Returns
        -------
        ndarray of int64
            (N,).

        Raises
        ------
        ShapeError, ImageError
            As `Classifier.logits`.
        """
        return self.decision.rule.predict(self.logits(images))

    def gradient(
        self, images: NDArray[Any], cotangent: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return J(x)^T cotangent for each image, J the Jacobian of `logits`.

        A member whose cotangents are all 0 is not asked.

        Parameters
        ----------
        images
            As for `Classifier.logits`.
        cotangent
            The shape of `logits`.

        Returns
        -------
        ndarray of float32
            The shape of the images.

        Raises
        ------
        ShapeError
            If the cotangent does not have the scores' shape, or as `Classifier.logits`.
        """
        vectors = as_array(cotangent, "the cotangent", np.float32)
        if vectors.shape != (len(images), self.class_count):
            raise ShapeError(
                f"the cotangent has shape {vectors.shape}: give {(len(images), self.class_count)}"
            )
        parts = self._through_mean(images, vectors) if self._mean else self._parts(vectors)
        total = np.zeros(np.shape(images), np.float32)
        for member, part in zip(self.members, parts, strict=True):
            asked = part.any(axis=1)
            if asked.any():
                total[asked] += member.gradient(np.asarray(images)[asked], part[asked])
        return total

    def evaluate(
        self,
        images: NDArray[Any],
        labels: NDArray[np.integer],
        *,
        loss: Loss,
        scale: NDArray[np.floating] | None = None,
    ) -> Evaluation:
        """Return scores, losses and their gradients; ``loss`` is logit_difference or cross_entropy.

        Parameters
        ----------
        images
            As for `Classifier.evaluate`.
        labels
            As for `Classifier.evaluate`.
        loss
            ``"logit_difference"`` or ``"cross_entropy"``.
        scale
            (N,): what the scores are multiplied by inside the loss; 1 by default.

        Returns
        -------
        Evaluation
            Scores, losses and gradients.

        Raises
        ------
        ParameterError
            For another loss.
        """
        scores = self.logits(images)
        factor = (
            np.ones(len(scores), np.float32) if scale is None else np.asarray(scale, np.float32)
        )
        scaled = scores * factor[:, np.newaxis]
        goals, untargeted = self.checked_labels(labels, len(scores)), np.zeros(len(scores), bool)
        rule = self.decision.rule
        if loss == "cross_entropy":
            towards, cotangent = rule.cross_entropy(scaled, goals, untargeted)
            losses, cotangent = -towards, -cotangent
        elif loss == "logit_difference":
            losses = rule.gap(scaled, goals, untargeted)
            cotangent = rule.cotangent(scaled, goals, untargeted)
        else:
            raise ParameterError(f"loss is {loss!r}: use logit_difference or cross_entropy")
        gradient = self.gradient(images, factor[:, np.newaxis] * cotangent)
        return Evaluation(scores, losses.astype(np.float32), gradient)

    def _parts(self, cotangent: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return np.split(cotangent, len(self.members), axis=1)

    def _through_mean(
        self, images: NDArray[Any], cotangent: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        """Return the cotangents of the members' scores: of log(mean of softmax)."""
        logarithms = np.stack([_log_softmax(member.logits(images)) for member in self.members])
        mean = _log_mean(logarithms)
        parts = []
        for own in logarithms:
            weighted = np.exp(own - mean) / len(self.members) * cotangent
            parts.append(weighted - np.exp(own) * weighted.sum(axis=1, keepdims=True))
        return [part.astype(np.float32) for part in parts]


def _log_softmax(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    logarithms: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms


def _log_mean(logarithms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the mean over the first axis of what logarithms stand for."""
    highest = logarithms.max(axis=0)
    mean: NDArray[np.float64] = highest + np.log(np.exp(logarithms - highest).mean(axis=0))
    return mean
