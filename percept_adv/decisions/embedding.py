"""``embedding:cosine:T`` and ``embedding:l2:T``: whether an image matches a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.decision import Decision
from percept_adv.decisions.heads import CosineMatch, DistanceMatch
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.decisions.heads import Head

NAMES = ("no match", "match")


def embedding(
    reference: NDArray[np.floating], *, threshold: float, measure: Literal["cosine", "l2"]
) -> Decision:
    """Return the decision whether an embedding matches that of a reference image.

    Class 1 is a match, class 0 none: an attack on class 1 leaves the match, one on class 0
    reaches it.

    Parameters
    ----------
    reference : ndarray, shape (D,)
        The model's embedding of the reference image.
    threshold : float
        Least cosine in (-1, 1), or largest L2 distance, above 0, that counts as a match.
    measure : {"cosine", "l2"}

    Returns
    -------
    Decision
        Of the classes 0, no match, and 1, a match.

    Raises
    ------
    ParameterError
        If the threshold cannot be used, or the reference is no embedding.

    Examples
    --------
    >>> from percept_adv.decisions import embedding
    >>> embedding(np.array([1.0, 0.0]), threshold=0.8, measure="cosine").name
    'embedding:cosine:0.8'
    """
    vector = np.asarray(reference, np.float32).reshape(-1)
    if not np.isfinite(vector).all() or not vector.any():
        raise ParameterError(
            "the reference image's embedding is NaN, infinite or all 0: choose another"
        )
    head: Head
    if measure == "cosine":
        if not -1 < threshold < 1:
            raise ParameterError(f"embedding:cosine:{threshold:g}: give a cosine between -1 and 1")
        head = CosineMatch(vector, threshold)
    elif measure == "l2":
        if not 0 < threshold < np.inf:
            raise ParameterError(f"embedding:l2:{threshold:g}: give a distance above 0")
        head = DistanceMatch(vector, threshold)
    else:
        raise ParameterError(f"embedding measure {measure!r}: use cosine or l2")
    return Decision(f"embedding:{measure}:{threshold:g}", AmongHighest(), head, NAMES)
