"""What goes into an attack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError, ParameterError, ShapeError
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier


def check_images(images: NDArray[Any], classifier: Classifier) -> NDArray[np.float32]:
    """Return images as (N, H, W, C) float32 in [0, 1]; 8-bit ones are divided by 255.

    Raises
    ------
    ShapeError
        If they are no batch that the classifier takes.
    ImageError
        If a value is NaN, infinite or outside [0, 1].
    """
    array = np.asarray(images)
    if array.dtype == np.uint8:
        array = from_uint8(array, np.float32)
    array = array.astype(np.float32, copy=False)
    if array.ndim == 3 and classifier.contract.channels == 1:
        array = array[..., np.newaxis]
    if array.ndim != 4:
        raise ShapeError(
            f"images have the shape {np.shape(images)}: give a batch (N, H, W, C), or (N, H, W) "
            "for a model of one channel"
        )
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise ImageError(
            f"images go from {array.min()} to {array.max()}: give finite values in [0, 1]"
        )
    return array


def check_targets(
    targets: NDArray[np.integer] | None, labels: NDArray[np.int64], classifier: Classifier
) -> NDArray[np.int64] | None:
    """Return the classes to reach, (N,), or None for an untargeted attack.

    Raises
    ------
    ParameterError
        If they are no classes of the model, or equal to the labels.
    """
    if targets is None:
        return None
    goals = classifier.checked_labels(targets, len(labels))
    same = np.flatnonzero(goals == labels)
    if len(same):
        raise ParameterError(
            f"image {same[0]} has its own class {labels[same[0]]} as target: choose another"
        )
    return goals
