"""Labels that are all one too high or too low."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 3


def offset_hint(predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> str | None:
    """Return what to tell a user whose labels seem to be counted from another number, or None.

    Parameters
    ----------
    predicted, labels
        (N,): the model's classes and the given ones, both counted from 0.

    Returns
    -------
    str or None
        One sentence.

    Examples
    --------
    >>> from percept_adv.labels import offset_hint
    >>> offset_hint(np.arange(20), np.arange(20) + 1).split(":")[0]
    'the model agrees with 0 of 20 labels, and with 20 if they are shifted by one'
    """
    if len(labels) < _FEWEST:
        return None
    right = {offset: int(np.sum(predicted == labels - offset)) for offset in (0, 1, -1)}
    best = max((1, -1), key=lambda offset: right[offset])
    if 2 * right[best] < len(labels) or 4 * right[0] > right[best]:
        return None
    return (
        f"the model agrees with {right[0]} of {len(labels)} labels, and with {right[best]} if they "
        f"are shifted by one: are they counted from 1, or is there a background class? "
        f"Give --label-offset {best}"
    )
