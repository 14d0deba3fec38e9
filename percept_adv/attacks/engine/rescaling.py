"""How little of a given perturbation is enough, judged on the image as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.outcome import classified
from percept_adv.errors import ShapeError
from percept_adv.images import from_uint8
from percept_adv.storing import Png, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store, Stored

LARGEST_SCALE = 100.0
_GROWTH = sqrt(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescaled:
    """The least scale found, and the stored image that belongs to it.

    Attributes
    ----------
    scale
        The least scale found; 1 where none works.
    original
        The original as it is stored without a change, in [0, 1].
    stored
        The image at that scale, 8 bits, in the shape of the original.
    file
        The bytes of its file.
    success
        Whether the deployed model misclassifies ``stored``.
    already_misclassified
        Whether it misclassifies the original.
    label
        The class that counts as right.
    label_before, label_after, confidence_before, confidence_after
        The deployed model's class of the original and of ``stored``, and its confidence in it.
    forward_count
        How often the model was evaluated.
    """

    scale: float
    original: NDArray[np.float32]
    stored: NDArray[np.uint8]
    file: bytes
    success: bool
    already_misclassified: bool
    label: int | str
    label_before: int | str
    label_after: int | str
    confidence_before: float
    confidence_after: float
    forward_count: int


def least_scale(
    classifier: Classifier,
    original: NDArray[np.floating],
    direction: NDArray[np.floating],
    *,
    label: int | None = None,
    largest: float = LARGEST_SCALE,
    precision: float = 1e-3,
    store: Store | None = None,
    mask: NDArray[Any] | None = None,
) -> Rescaled:
    """Search the least s >= 0 at which clip(original + s direction) is misclassified as stored.

    The scale grows by factors of sqrt(2) from the first that changes a stored sample;
    the step in which the class changes first is then bisected. Misclassification need not
    be monotone in s, so an island narrower than a step can be passed over.

    Parameters
    ----------
    classifier
        The deployed model; it alone decides.
    original
        (H, W, C) in [0, 1], of the size that the classifier takes; (H, W) for one channel.
    direction
        The perturbation of scale 1, in the shape of ``original``.
    label
        The right class; by default the model's class of the original.
    largest
        The scale at which growing ends.
    precision
        Relative width of the bracket at which bisecting ends.
    store
        What the image is stored as, by default PNG.
    mask
        (H, W): where pixels may change in the stored image; None for everywhere.

    Returns
    -------
    Rescaled
        The image as stored, its scale and what the model says of it.

    Raises
    ------
    ShapeError, ImageError, ParameterError
        If the image does not fit the classifier, the direction not the image, or the label
        is no class.

    Examples
    --------
    >>> percept_adv.attacks.least_scale(classifier, images[0], -images[0]).success
    True
    """
    if np.shape(direction) != np.shape(original):
        raise ShapeError(
            f"the direction has the shape {np.shape(direction)}: give {np.shape(original)}, "
            "that of the original"
        )
    around = Surroundings(original, store or Png(), mask)
    judge = _Judge(classifier, around, direction, label)
    if judge.already_misclassified or judge.misclassified(0.0):
        return judge.outcome(0.0)
    change = float(np.abs(direction).max(initial=0.0))
    if change == 0.0:
        return judge.outcome(1.0)
    first = min(0.5 / 255.0 / change, largest)
    bracket = _grow(judge.misclassified, first, largest)
    if bracket is None:
        return judge.outcome(1.0)
    return judge.outcome(_bisect(judge.misclassified, *bracket, precision))


def _grow(
    misclassified: Callable[[float], bool], first: float, largest: float
) -> tuple[float, float] | None:
    """Return the last scale that fails and the first that works, or None if none works."""
    below, scale = 0.0, first
    while not misclassified(scale):
        if scale >= largest:
            return None
        below, scale = scale, min(scale * _GROWTH, largest)
    return below, scale


def _bisect(
    misclassified: Callable[[float], bool], below: float, above: float, precision: float
) -> float:
    """Return a scale that works, within ``precision`` of one that does not."""
    while above - below > precision * above:
        middle = (below + above) / 2
        if misclassified(middle):
            above = middle
        else:
            below = middle
    return above


class _Judge:
    """Asks the deployed model about stored images along a direction."""

    def __init__(
        self,
        classifier: Classifier,
        around: Surroundings,
        direction: NDArray[np.floating],
        label: int | None,
    ) -> None:
        self._classifier = classifier
        self._around = around
        self._direction = direction
        self.forward_count = 0
        before = self._logits(around.original)
        self._rule = classifier.decision.rule
        wanted = self._rule.predict(before) if label is None else np.array([label])
        self._label = classifier.checked_labels(wanted, 1)
        self._before = classified("before", self._rule, before)
        self.already_misclassified = self._is_other(before)

    def misclassified(self, scale: float) -> bool:
        """Return whether the stored image at a scale is misclassified."""
        return self._is_other(self._logits(from_uint8(self._stored(scale).pixels, np.float32)))

    def outcome(self, scale: float) -> Rescaled:
        """Describe the stored image at a scale."""
        stored = self._stored(scale)
        logits = self._logits(from_uint8(stored.pixels, np.float32))
        return Rescaled(
            scale=scale,
            original=self._around.original,
            stored=stored.pixels,
            file=stored.file,
            success=self._is_other(logits),
            already_misclassified=self.already_misclassified,
            label=self._rule.described(self._label[0]),
            **self._before,
            **classified("after", self._rule, logits),
            forward_count=self.forward_count,
        )

    def _stored(self, scale: float) -> Stored:
        return self._around.nearest(scale * self._direction)

    def _is_other(self, logits: NDArray[np.floating]) -> bool:
        return bool(self._rule.gap(logits, self._label, np.array([False]))[0] < 0)

    def _logits(self, image: NDArray[Any]) -> NDArray[np.float32]:
        self.forward_count += 1
        return self._classifier.logits(image[np.newaxis])
