"""``argmax``: the class with the highest score."""

from __future__ import annotations

from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.decision import Decision


def argmax() -> Decision:
    """Return the decision for the highest score.

    Returns
    -------
    Decision
        Of one class.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[2.0, 5.0, 1.0]])
    >>> argmax().rule.predict(scores)
    array([1])
    >>> argmax().rule.gap(scores, np.array([1]), np.array([False]))
    array([3.])
    """
    return Decision("argmax", AmongHighest())
