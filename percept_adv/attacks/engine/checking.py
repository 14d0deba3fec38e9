"""What goes into an attack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier


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
