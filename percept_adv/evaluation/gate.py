"""Bounds that a run has to keep, for a build that fails where a model has become less robust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.errors import ParameterError
from percept_adv.evaluation.robustness import NORMS, robust_accuracy, worst_case
from percept_adv.evaluation.summary import summarise
from percept_adv.parameters import read_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.evaluation.protocol import AttackOutcomes, Norm

Metric = Literal["accuracy", "robust_accuracy", "P_suc", "mean_distortion"]
METRICS: tuple[Metric, ...] = ("accuracy", "robust_accuracy", "P_suc", "mean_distortion")
Side = Literal["under", "over"]

_FORM = re.compile(
    r"(?:(?P<attack>\w+)\.)?(?P<metric>\w+)(?:@(?P<norm>\w+)(?:=(?P<eps>[^:]+))?)?:(?P<bound>.+)"
)
_WANTED = (
    "give METRIC:NUMBER or ATTACK.METRIC:NUMBER, such as robust_accuracy@l2=0.5:0.8, "
    "robust_accuracy@linf=8/255:0.3, P_suc:0.9, cw.mean_distortion@l2:0.2 or accuracy:0.7"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound for one figure.

    Attributes
    ----------
    text
        As it was given, without the bound.
    attack
        Whose figure it is; None for all attacks together.
    metric
        One of `METRICS`: accuracy without attack; the share of all images that stay right within
        ``eps``; the share of the attacked images that are fooled; the mean distance of these.
    norm, eps
        The distance; ``eps`` for robust accuracy.
    bound, side
        The run fails if the figure is under, or over, the bound.
    """

    text: str
    attack: str | None
    metric: Metric
    norm: Norm
    eps: float
    bound: float
    side: Side

    def measure(self, outcomes: Sequence[AttackOutcomes]) -> float:
        """Return the figure of a run; NaN where nothing was measured.

        Raises
        ------
        ParameterError
            If the attack is none of the run.
        """
        one = self._chosen(outcomes)
        if self.metric == "robust_accuracy":
            return robust_accuracy(one, self.norm, self.eps)
        if self.metric == "mean_distortion":
            distances = [found.least[self.norm] for found in one.successes]
            return float(np.mean(distances)) if distances else float("nan")
        summary = summarise(one.records)
        return summary.accuracy if self.metric == "accuracy" else summary.success_rate

    def holds(self, value: float) -> bool:
        """Whether a figure keeps the bound; one that was not measured does not."""
        if not isfinite(value):
            return False
        return value >= self.bound if self.side == "under" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.text} {'>=' if self.side == 'under' else '<='} {self.bound:g}"

    def _chosen(self, outcomes: Sequence[AttackOutcomes]) -> AttackOutcomes:
        if self.attack is None:
            return worst_case(outcomes)
        for one in outcomes:
            if one.attack == self.attack:
                return one
        names = ", ".join(one.attack for one in outcomes)
        raise ParameterError(f"{self}: {self.attack} is no attack of the run, which has {names}")


def read_gate(text: str, side: Side) -> Gate:
    """Read a gate: ``[ATTACK.]METRIC[@NORM[=EPS]]:NUMBER``.

    Parameters
    ----------
    text
        Such as ``"robust_accuracy@linf=8/255:0.3"``.
    side
        ``"under"`` or ``"over"``: on which side of the number the gate fails.

    Returns
    -------
    Gate
        What is measured, and its limit.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> str(read_gate("robust_accuracy@linf=8/255:0.3", "under"))
    'robust_accuracy@linf=8/255 >= 0.3'
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ParameterError(f"{text!r}: {_WANTED}")
    metric = next((name for name in METRICS if name == match["metric"]), None)
    if metric is None:
        raise ParameterError(
            f"{text!r}: {match['metric']} is none of {', '.join(METRICS)}; {_WANTED}"
        )
    norm = next((name for name in NORMS if name == (match["norm"] or "l2")), None)
    if norm is None:
        raise ParameterError(f"{text!r}: the norm {match['norm']} is none of {', '.join(NORMS)}")
    if (metric == "robust_accuracy") != (match["eps"] is not None):
        raise ParameterError(f"{text!r}: robust_accuracy, and it alone, takes an eps; {_WANTED}")
    try:
        eps, bound = (read_number(number) for number in (match["eps"] or "0", match["bound"]))
    except ValueError as error:
        raise ParameterError(f"{text!r}: {error}; {_WANTED}") from error
    shown = text.strip().rsplit(":", 1)[0]
    return Gate(shown, match["attack"], metric, norm, eps, bound, side)
