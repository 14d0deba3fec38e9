"""A model behind several transformations at once: success is success behind all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.classifier import Ensemble
from percept_adv.decisions.ensemble import Every
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.classifier import Blocks, Classifier
    from percept_adv.decisions import Decision
    from percept_adv.transformations.transformation import Transformation


class Transformed:
    """A classifier behind one transformation: a member of `Surviving`.

    Parameters
    ----------
    target
        A `percept_adv.Classifier`.
    transformation
        What is done to each image before it.
    """

    def __init__(self, target: Classifier, transformation: Transformation) -> None:
        self._target = target
        self._transformation = transformation
        self.name = f"{target.name} behind {transformation.name}"
        self.image_shape = target.image_shape
        self.class_names = target.class_names
        self.class_count = target.class_count
        self.decision: Decision = target.decision
        # A transformation acts on pixels: what is behind one is not attacked in blocks of them.
        self.blocks: Blocks | None = None
        # A transformation may carry what lies beside a crop into it.
        self.seen: NDArray[np.bool_] | None = None

    def checked_images(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return images as `Classifier.checked_images` does."""
        return self._target.checked_images(images)

    def checked_labels(self, labels: Any, count: int) -> NDArray[np.int64]:
        """Return labels as `Classifier.checked_labels` does."""
        return self._target.checked_labels(labels, count)

    def logits(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the scores of transformed images."""
        return self._target.logits(self._apply(images))

    def gradient(
        self, images: NDArray[Any], cotangent: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return the gradient at the transformed images, pulled back to the images."""
        gradients = self._target.gradient(self._apply(images), cotangent)
        pull_back = self._transformation.pull_back
        return np.stack(
            [pull_back(image, own) for image, own in zip(images, gradients, strict=True)]
        )

    def _apply(self, images: NDArray[Any]) -> NDArray[np.float32]:
        checked = self._target.checked_images(images)
        return np.stack([self._transformation.apply(image) for image in checked])


@dataclass(frozen=True, slots=True)
class EveryVersion(Every):
    """Success behind all transformations; what is told of an image is what it is untransformed."""

    def predict(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the decisions about the images as they are."""
        return self.rule.predict(np.split(scores, self.models, axis=1)[0])

    def confidence(
        self, scores: NDArray[np.floating], goals: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Return the confidence of these."""
        return self.rule.confidence(np.split(scores, self.models, axis=1)[0], goals)


class Surviving(Ensemble):
    """What is attacked if results have to survive transformations.

    An image is adversarial if it is so as it is and behind each transformation: the worst case
    decides, and gradients are those of the worst case, or means over all for attacks that follow
    the cross-entropy.

    Parameters
    ----------
    target
        A `percept_adv.Classifier`.
    transformations
        At least one, such as ``parse_transformations("jpeg:75,blur:1")``.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> from percept_adv import Classifier, attacks
    >>> from percept_adv.transformations import parse_transformations
    >>> target = Surviving(Classifier("c4"), parse_transformations("blur:0.5"))
    >>> result = attacks.ddn(target, images, labels)  # doctest: +SKIP
    """

    def __init__(self, target: Classifier, transformations: Sequence[Transformation]) -> None:
        if not transformations:
            raise ParameterError("there is no transformation to survive: give one, such as jpeg:75")
        self.transformations = tuple(transformations)
        behind: list[Any] = [Transformed(target, one) for one in transformations]
        super().__init__([target, *behind])
        self.name = target.name
        own = target.decision
        self.decision = replace(own, rule=EveryVersion(own.rule, len(self.members)))

    def survived(
        self, image: NDArray[Any], goal: NDArray[np.int64], *, targeted: bool
    ) -> dict[str, bool]:
        """Return for each transformation, by its name, whether an image is adversarial behind it.

        Parameters
        ----------
        image
            (H, W, C), as stored.
        goal
            The class to leave or, if ``targeted``, to reach.
        targeted
            Which of both.

        Returns
        -------
        dict
            True where it is still adversarial.
        """
        goals, kinds = np.asarray(goal)[np.newaxis], np.array([targeted])
        rule = self.members[0].decision.rule
        return {
            one.name: bool(rule.gap(member.logits(image[np.newaxis]), goals, kinds)[0] < 0)
            for one, member in zip(self.transformations, self.members[1:], strict=True)
        }


def with_survival(target: Classifier, transformations: Sequence[Transformation]) -> Any:
    """Return a target whose results survive transformations: itself if there are none.

    Parameters
    ----------
    target
        A classifier.
    transformations
        What results have to survive.

    Returns
    -------
    Classifier or Surviving
        What to attack.

    Examples
    --------
    >>> from percept_adv.transformations import with_survival
    >>> with_survival(classifier, ()) is classifier
    True
    """
    return Surviving(target, transformations) if transformations else target


def survived_by(
    target: Any, image: NDArray[Any], goal: NDArray[np.int64], *, targeted: bool
) -> dict[str, bool]:
    """Return what `Surviving.survived` does; nothing for a target of another kind.

    Parameters
    ----------
    target
        A `Surviving`, or another target of an attack.
    image
        As for `Surviving.survived`.
    goal
        As for `Surviving.survived`.
    targeted
        As for `Surviving.survived`.

    Returns
    -------
    dict
        True where it is still adversarial; empty for another target.

    Examples
    --------
    >>> from percept_adv.transformations import survived_by
    >>> survived_by(classifier, images[0], labels, targeted=False)
    {}
    """
    if not isinstance(target, Surviving):
        return {}
    return target.survived(image, goal, targeted=targeted)
