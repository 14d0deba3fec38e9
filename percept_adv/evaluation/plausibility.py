"""Whether a contract can be right: accuracy before any attack, and what would explain a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.classifier import softmax
from percept_adv.errors import ParameterError, PerceptAdvError
from percept_adv.labels import offset_hint
from percept_adv.pipeline.reading.overriding import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
    from percept_adv.pipeline import Pipeline

_TRIED, _GLANCED = 32, 8
_ENOUGH = 5
"""Images, of which a model that is fed rightly seldom misclassifies all."""
_POOR, _BETTER = 0.5, 0.4
"""A share of right images below which other contracts are tried, and what one has to gain."""
_UNSURE = 0.05
"""Of the way from 1/K to 1: a median confidence below it says that the model sees nothing."""
_LIKELY = (
    "likely causes are mean and std on the scale of 0 to 255 (they belong on that of [0, 1]), a "
    "model that takes 0 to 255 (--std 0.00392157), BGR (--channel-order BGR), or labels of another "
    "model"
)
_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What a model says of labelled images before any attack.

    Attributes
    ----------
    right, count
        How many of how many images are classified correctly; all of them, or the first 32.
    confidence
        The median confidence in the classes that the model gives.
    is_doubtful
        Whether the accuracy is far below what the model can do, so that results mean nothing.
    cause
        What would explain it, in words.
    hint
        That the labels seem to be counted from another number, if they do.
    """

    right: int
    count: int
    confidence: float
    is_doubtful: bool
    cause: str
    hint: str | None

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.count} images are classified correctly before the attack, "
            f"median confidence {self.confidence:.3f}"
        )

    def check(self) -> None:
        """Raise ``ParameterError`` if the contract is doubtful."""
        if self.is_doubtful:
            raise ParameterError(
                f"{self}: the contract seems to be wrong, and every success would be none; "
                f"{self.cause}; correct the contract (percept-adv models describe MODEL shows it) "
                "or the labels, or add --go-on"
            )


def examine_labels(
    classifier: Classifier, pairs: Sequence[tuple[Path, Any]]
) -> Plausibility | None:
    """Classify up to 32 labelled images; images that cannot be used are left out.

    Parameters
    ----------
    classifier
        Its pipeline is what is examined.
    pairs
        Files and their classes.

    Returns
    -------
    Plausibility or None
        None where labels are no single classes, or no image can be used.

    Examples
    --------
    >>> from percept_adv.evaluation import examine_labels
    >>> examine_labels(classifier, [(digits / "00000.png", 7)]).right
    1
    """
    usable = list(_read(classifier, pairs[:_TRIED]))
    if not usable:
        return None
    images, labels = [pixels for pixels, _ in usable], np.array([label for _, label in usable])
    logits = _scores(classifier, classifier.pipeline, images)
    predicted = classifier.decision.rule.predict(logits)
    if labels.ndim != 1 or predicted.shape != labels.shape:
        return None
    right, count = int((predicted == labels).sum()), len(labels)
    hint = offset_hint(predicted, labels)
    better, cause = right, hint or _LIKELY
    if right < _POOR * count and hint is None:
        better, cause = _better_contract(classifier, images, labels, right)
    enough = count >= _ENOUGH
    doubtful = right == 0 and (enough or is_unsure(logits))
    doubtful |= enough and better - right >= _BETTER * count
    return Plausibility(right, count, _confidence(logits), doubtful, cause, hint)


def check_confidence(classifier: Classifier, paths: Sequence[Path]) -> None:
    """Check that a model sees anything in images without labels; eight are classified.

    Parameters
    ----------
    classifier
        The deployed model.
    paths
        Image files.

    Raises
    ------
    ParameterError
        If its median confidence is hardly above that of chance.

    Examples
    --------
    >>> from percept_adv.evaluation import check_confidence
    >>> check_confidence(classifier, sorted(digits.glob("*.png")))
    """
    images = [pixels for pixels, _ in _read(classifier, [(path, 0) for path in paths[:_GLANCED]])]
    if not images:
        return
    logits = _scores(classifier, classifier.pipeline, images)
    if is_unsure(logits):
        raise ParameterError(
            f"the model sees nothing in the images: its median confidence is "
            f"{_confidence(logits):.3f} of {logits.shape[1]} classes, so that any change would "
            f"seem a success; {_LIKELY}; correct the contract (percept-adv models describe MODEL "
            "shows it), or add --go-on"
        )


def is_unsure(logits: NDArray[np.floating]) -> bool:
    """Return whether the median confidence is hardly above that of chance, 1/K."""
    chance = 1 / logits.shape[1]
    return bool((_confidence(logits) - chance) / (1 - chance) < _UNSURE)


def _confidence(logits: NDArray[np.floating]) -> float:
    return float(np.median(softmax(logits).max(axis=1)))


def _read(
    classifier: Classifier, pairs: Sequence[tuple[Path, Any]]
) -> Iterator[tuple[NDArray[np.float32], int]]:
    for path, label in pairs:
        try:
            pixels, _ = classifier.read(path)
        except PerceptAdvError:
            continue
        if isinstance(label, int | np.integer):
            yield pixels, int(label)


def _scores(
    classifier: Classifier, pipeline: Pipeline, images: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return the scores of images of any sizes behind another pipeline."""
    return np.concatenate([classifier.scores_through(pipeline, image[None]) for image in images])


def _better_contract(
    classifier: Classifier,
    images: Sequence[NDArray[np.float32]],
    labels: NDArray[np.integer],
    right: int,
) -> tuple[int, str]:
    """Return how many images are right with the best change of the contract, and which it is."""
    best, words = right, _LIKELY
    for fields, told in _changes(classifier.pipeline):
        try:
            scores = _scores(classifier, override(classifier.pipeline, fields), images)
        except PerceptAdvError:
            continue
        found = int((classifier.decision.rule.predict(scores) == labels).sum())
        if found > best:
            best, words = found, f"{told}, {found} of {len(labels)} are right"
    return best, words


def _changes(pipeline: Pipeline) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield fields that a wrong contract may need, each with what to tell of it."""
    normalise = next((s for s in pipeline.steps if s.kind == "normalise"), None)
    mean, std = getattr(normalise, "mean", (0.0,)), getattr(normalise, "std", (1.0,))
    orders = ("RGB", "BGR") if pipeline.channels == 3 else (pipeline.channel_order,)
    values: list[tuple[dict[str, Any], str]] = [
        ({"mean": mean, "std": std}, "with the same mean and std"),
        (
            {"mean": tuple(v / 255 for v in mean), "std": tuple(v / 255 for v in std)},
            "with mean and std divided by 255 (they belong on the scale of [0, 1])",
        ),
        ({"mean": (0.0,), "std": (1 / 255,)}, "with values of 0 to 255 (--std 0.00392157)"),
        ({"mean": (0.0,), "std": (1.0,)}, "with values in [0, 1], without mean and std"),
        ({"mean": (0.5,), "std": (0.5,)}, "with --mean 0.5 --std 0.5"),
    ]
    if pipeline.channels == 3:
        values.append((_IMAGENET, ("with ImageNet's mean and std (0.485,0.456,0.406 and "
                       "0.229,0.224,0.225)")))  # fmt: skip
    for fields, told in values:
        for order in orders:
            other = "" if order == pipeline.channel_order else f" and --channel-order {order}"
            yield {**fields, "channel_order": order}, told + other
