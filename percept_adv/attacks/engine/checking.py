"""What goes into an attack."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ParameterError, PerceptAdvError, ShapeError
from percept_adv.images import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.classifier import Classifier


def check_request(request: AttackRequest) -> None:
    """Refuse what no attack can be called with, whatever its images.

    Raises
    ------
    ParameterError
        If a part of the request is of another kind than it has to be.
    """
    if not hasattr(request.classifier, "checked_images"):
        raise ParameterError(
            f"the classifier is {request.classifier!r}: give a percept_adv.Classifier, which "
            "opens a file or a bundled model"
        )
    for name, least in (("batch_size", 1), ("seed", 0)):
        value = getattr(request, name)
        if not isinstance(value, Integral) or value < least:
            raise ParameterError(f"{name} is {value!r}: give a whole number from {least} on")
    if isinstance(request.store, str):
        raise ParameterError(
            f"store is {request.store!r}: give Png() or Jpeg(...) of "
            "percept_adv.storing, or one for each image"
        )
    if request.callback is not None and not callable(request.callback):
        raise ParameterError(f"callback is {request.callback!r}: give a function of a StepInfo")


def check_mask(
    mask: NDArray[Any] | None,
    originals: NDArray[np.float32],
    seen: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32] | None:
    """Return where images may change, (N, H, W, 1) of 0 and 1; None where they may everywhere.

    Parameters
    ----------
    mask
        (H, W) for all images or (N, H, W): True or anything above 0 where an image may change.
    seen
        (H, W): where images have any influence; they stay elsewhere.

    Raises
    ------
    ShapeError
        If the mask has another size than the images.
    ParameterError
        If it forbids every change, or every one that has any influence.
    """
    if mask is None and seen is None:
        return None
    allowed = as_array(seen if mask is None else mask, "the mask", np.float32) > 0
    count, height, width, _ = originals.shape
    if allowed.shape not in ((height, width), (count, height, width)):
        raise ShapeError(
            f"the mask has the shape {allowed.shape}: give {(height, width)} for all images, or "
            f"{(count, height, width)}"
        )
    if not allowed.any(axis=(-2, -1)).all():
        raise ParameterError("the mask allows no pixel to change: make some of it white")
    if seen is not None:
        allowed = allowed & seen
        if not allowed.any(axis=(-2, -1)).all():
            raise ParameterError(
                "the mask allows changes only where the network sees nothing of the image: make "
                "some of it white that the pipeline does not cut off"
            )
    full = np.broadcast_to(allowed, (count, height, width))
    return full[..., np.newaxis].astype(np.float32)


def check_targets(
    targets: NDArray[np.integer] | int | None, labels: NDArray[np.int64], classifier: Classifier
) -> NDArray[np.int64] | None:
    """Return the classes to reach, (N,), or None for an untargeted attack.

    Raises
    ------
    ParameterError
        If they are no classes of the model, or one of several is equal to its image's label.
    """
    if targets is None:
        return None
    try:
        goals = classifier.checked_labels(targets, len(labels))
    except PerceptAdvError as error:
        raise ParameterError(f"targets: {error}") from error
    if np.ndim(targets) == 0:
        return goals
    same = np.flatnonzero((goals == labels).reshape(len(labels), -1).all(axis=1))
    if len(same):
        raise ParameterError(
            f"image {same[0]} has its own class {labels[same[0]]} as target: choose another"
        )
    return goals
