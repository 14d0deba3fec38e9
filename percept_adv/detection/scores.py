"""All scores by name, and those of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.detection.boundary import BOUNDARY_DISTANCE, MARGIN
from percept_adv.detection.flatness import RMS_FLAT
from percept_adv.detection.score import Score, Subject
from percept_adv.detection.second_attack import SECOND_ATTACK
from percept_adv.detection.transformations import (
    BILATERAL_CHANGE,
    JPEG_CHANGE,
    RESIZING_CHANGE,
    SMOOTHING_CHANGE,
)

if TYPE_CHECKING:
    import os

    from percept_adv.classifier import Classifier

SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        BOUNDARY_DISTANCE, MARGIN, SECOND_ATTACK, JPEG_CHANGE, SMOOTHING_CHANGE,
        BILATERAL_CHANGE, RESIZING_CHANGE, RMS_FLAT,
    )
}  # fmt: skip


def score_file(classifier: Classifier, path: str | os.PathLike[str]) -> dict[str, float]:
    """Return all scores of an image file, as a model sees it.

    Parameters
    ----------
    classifier
        The model.
    path
        An image file.

    Returns
    -------
    dict
        A float for each score of `SCORES`.

    Raises
    ------
    ImageError, ShapeError
        If the file cannot be read, or the model does not take its size.
    ModelError
        If the model has no gradient.

    Examples
    --------
    >>> from percept_adv.detection import score_file
    >>> sorted(score_file(classifier, digits / "00000.png"))[:3]
    ['bilateral_change', 'boundary_distance', 'jpeg_change']
    """
    image, _ = classifier.read(path)
    subject = Subject(classifier.taking(image.shape), image)
    return {name: score.compute(subject) for name, score in SCORES.items()}
