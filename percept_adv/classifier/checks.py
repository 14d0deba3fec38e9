"""What has to hold of a classifier before attacks on it mean anything, checked once and cheaply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.classifier.probes import photograph_like
from percept_adv.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier.classifier import Classifier

_WITHOUT = "--attack nes and --attack square need no gradient"

_TOLERANCE = 1e-3
"""Of the logits' spread: kernels for other batch sizes sum in another order."""


def check_classifier(classifier: Classifier) -> list[str]:
    """Return what a user should know of a classifier; about seven images are classified.

    Checks that the model is deterministic, that an image's logits do not depend on the others
    in its batch (if they do, it is run on one image at a time from then on), and that different
    images change the logits, as they do not where the declared input range is far off.

    Parameters
    ----------
    classifier
        It is run on images of noise.

    Returns
    -------
    list of str
        One sentence for each thing; empty for a usual classifier.

    Raises
    ------
    ModelError
        If the model is random, or gives values that are no numbers.

    Examples
    --------
    >>> from percept_adv.classifier import check_classifier
    >>> check_classifier(classifier)
    []
    """
    images = _probes(classifier)
    logits = classifier.logits(images)
    if not np.isfinite(logits).all():
        raise ModelError(
            f"{classifier.name}: gives NaN or infinity for images like photographs; correct the "
            "input contract (mean, std) or the model"
        )
    spread = max(float(np.ptp(logits, axis=1).max()), float(np.finfo(np.float32).tiny))
    _check_deterministic(classifier, images, logits, spread)
    notes = []
    alone = np.concatenate([classifier.logits(image[np.newaxis]) for image in images])
    apart = float(np.abs(alone - logits).max()) / spread
    if apart > _TOLERANCE:
        classifier.take_images_one_by_one()
        notes.append(
            f"an image's logits differ by {apart:.1e} of their spread between a batch of "
            f"{len(images)} and one alone: results depend on the batch, so images are run one by "
            "one"
        )
    if float(np.ptp(logits, axis=0).max()) <= _TOLERANCE * spread:
        notes.append(
            "different images get almost the same logits: does the input contract declare the "
            "range of values that the model expects?"
        )
    return notes


def _probes(classifier: Classifier) -> NDArray[np.float32]:
    height, width, channels = classifier.image_shape
    return photograph_like((height or 224, width or 224, channels), count=3)


def _check_deterministic(
    classifier: Classifier,
    images: NDArray[np.float32],
    logits: NDArray[np.float32],
    spread: float,
) -> None:
    change = float(np.abs(classifier.logits(images) - logits).max()) / spread
    if change > _TOLERANCE:
        raise ModelError(
            f"{classifier.name}: the same images get logits that differ by {change:.1e} of their "
            "spread from one run to the next; export the model in evaluation mode, without dropout"
        )


def check_gradient(classifier: Classifier) -> None:
    """Refuse a classifier that attacks by gradients cannot work on; for attacks that take some.

    Parameters
    ----------
    classifier
        It is run on images of noise.

    Raises
    ------
    ModelError
        If the gradient cannot be had, is no number, or is 0 at several images.

    Examples
    --------
    >>> from percept_adv.classifier import check_gradient
    >>> check_gradient(classifier)
    """
    images = _probes(classifier)
    logits = classifier.logits(images)
    rule = classifier.decision.rule
    cotangent = rule.cotangent(logits, rule.predict(logits), np.zeros(len(images), bool))
    try:
        gradient = classifier.gradient(images, cotangent)
    except ModelError as error:
        raise type(error)(f"{error}; {_WITHOUT}") from error
    if not np.isfinite(gradient).all():
        raise ModelError(
            f"{classifier.name}: the gradient is NaN or infinite at ordinary images; {_WITHOUT}"
        )
    if np.abs(gradient).max(initial=0.0) < np.finfo(np.float32).tiny:
        raise ModelError(
            f"{classifier.name}: the gradient of the logits by the image is 0 everywhere: the "
            "model rounds or thresholds its input, or ignores it; attack the model it was made "
            f"from; {_WITHOUT}"
        )
