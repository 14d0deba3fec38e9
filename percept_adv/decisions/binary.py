"""``binary[:THRESHOLD]``: one output, class 1 where it is above a threshold."""

from __future__ import annotations

from math import log

from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.decision import Decision
from percept_adv.decisions.heads import TwoClasses
from percept_adv.errors import ParameterError


def binary(threshold: float = 0.5) -> Decision:
    """Return the decision for a model of one output, a probability or its logit.

    The scores are [0, z - z_threshold] with the logit z, so that the classes are 0 and 1 and every
    attack on two classes serves.

    Parameters
    ----------
    threshold : float
        On the probability, in (0, 1).

    Returns
    -------
    Decision
        Of the classes 0 and 1.

    Raises
    ------
    ParameterError
        If the threshold lies outside (0, 1).

    Examples
    --------
    >>> binary(0.5).head
    TwoClasses(threshold=0.0)
    """
    return Decision(
        "binary" if threshold == 0.5 else f"binary:{threshold:g}",
        AmongHighest(),
        TwoClasses(threshold_logit(threshold)),
    )


def threshold_logit(threshold: float) -> float:
    """Return log(p / (1 - p)) of a threshold on a probability.

    Raises
    ------
    ParameterError
        If it lies outside (0, 1).
    """
    if not 0 < threshold < 1:
        raise ParameterError(
            f"threshold {threshold:g}: give a probability between 0 and 1, such as 0.5 (of a logit "
            "z that is 1 / (1 + exp(-z)))"
        )
    return log(threshold / (1 - threshold))
