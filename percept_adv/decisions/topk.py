"""``topk:K``: the class is among the K highest scores."""

from __future__ import annotations

from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.decision import Decision
from percept_adv.errors import ParameterError


def topk(k: int) -> Decision:
    """Return the decision for the K highest scores.

    An untargeted attack has to push the class out of the first K, a targeted one has to bring
    it among them.

    Parameters
    ----------
    k : int
        At least 1.

    Returns
    -------
    Decision
        Of one class among the first K.

    Raises
    ------
    ParameterError
        If k is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[2.0, 5.0, 1.0]])
    >>> topk(2).rule.gap(scores, np.array([1]), np.array([False]))
    array([4.])
    """
    if k < 1:
        raise ParameterError(f"topk:{k}: give a whole number of at least 1, such as topk:5")
    return Decision(f"topk:{k}", AmongHighest(k))
