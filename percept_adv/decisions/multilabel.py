"""``multilabel[:THRESHOLD]``: each label is on or off by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.decisions.binary import threshold_logit
from percept_adv.decisions.decision import HAIR, Boundaries, Decision
from percept_adv.decisions.heads import Shifted
from percept_adv.errors import ParameterError
from percept_adv.images import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.decisions.decision import Objective

EITHER = -1
"""In a goal: whether the label is on does not matter."""


def multilabel(threshold: float = 0.5) -> Decision:
    """Return the decision for independent labels, each a probability or its logit.

    A goal (N, K) says of each label 1 for on, 0 for off, -1 for either. An untargeted attack
    succeeds when any label leaves the goal, a targeted one when all labels have reached it.

    Parameters
    ----------
    threshold : float
        On each probability, in (0, 1).

    Returns
    -------
    Decision
        Of labels (N, K).

    Raises
    ------
    ParameterError
        If the threshold lies outside (0, 1).

    Examples
    --------
    >>> from percept_adv.decisions import multilabel
    >>> multilabel().rule.predict(np.array([[2.0, -1.0, 3.0]]))
    array([[1, 0, 1]])
    """
    name = "multilabel" if threshold == 0.5 else f"multilabel:{threshold:g}"
    return Decision(name, IndependentLabels(), Shifted(threshold_logit(threshold)))


@dataclass(frozen=True, slots=True)
class IndependentLabels:
    """A label is on where its score is above 0.

    Examples
    --------
    >>> from percept_adv.decisions import IndependentLabels
    >>> IndependentLabels().predict(np.array([[2.0, -1.0, 3.0]]))
    array([[1, 0, 1]])
    """

    @property
    def least_scores(self) -> int:
        """One."""
        return 1

    def predict(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return which labels are on, (N, K)."""
        return (scores > 0).astype(np.int64)

    def checked_goals(
        self, goals: Any, count: int, score_count: int, name: str
    ) -> NDArray[np.int64]:
        """Return goals (N, K); one goal (K,) stands for all images.

        Raises
        ------
        ParameterError
            If they are no numbers 1, 0 or -1 for each label, or an image's are all -1.
        """
        array = as_array(goals, "labels")
        if array.ndim == 1 and array.shape == (score_count,):
            array = np.broadcast_to(array, (count, score_count))
        if array.shape != (count, score_count) or not np.isin(array, (1, 0, EITHER)).all():
            raise ParameterError(
                f"labels have the shape {array.shape}: {name} has {score_count} independent "
                f"labels; give ({count}, {score_count}) of 1 (on), 0 (off) or -1 (either)"
            )
        if (array == EITHER).all(axis=1).any():
            raise ParameterError("an image's goal leaves every label open: name one label at least")
        return array.astype(np.int64)

    def gap(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.floating]:
        """Return the least s_k z_k, or where targeted the largest -s_k z_k, over the goal's labels.

        s_k is 1 for a label that is on in the goal, -1 for one that is off.
        """
        inside = _inside(scores, goals)
        met = (scores > 0) == (goals == 1)
        cared = goals != EITHER
        left = (~met & cared).any(axis=1)
        reached = (met | ~cared).all(axis=1)
        gap = np.where(
            targeted,
            np.where(cared, -inside, -np.inf).max(axis=1),
            np.where(cared, inside, np.inf).min(axis=1),
        )
        signed = np.where(
            np.where(targeted, reached, left), np.minimum(gap, -HAIR), np.maximum(gap, 0.0)
        )
        return np.where(np.isnan(scores).any(axis=1), np.nan, signed)

    def cotangent(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """Return the derivative of the gap: at the one label that decides."""
        return self.boundaries(scores, goals, targeted, 1).cotangents[:, 0]

    def cross_entropy(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> tuple[NDArray[np.floating], NDArray[np.float32]]:
        """Return minus the sum of the labels' cross-entropies (plus, where targeted)."""
        cared = goals != EITHER
        on = (goals == 1).astype(np.float64)
        exact = scores.astype(np.float64)
        entropies = np.where(cared, np.logaddexp(0, exact) - on * exact, 0.0)
        sign = np.where(targeted, 1.0, -1.0)
        slope = np.where(cared, 0.5 * (1 + np.tanh(exact / 2)) - on, 0.0)
        return sign * entropies.sum(axis=1), (sign[:, np.newaxis] * slope).astype(np.float32)

    def boundary_count(self, score_count: int, wanted: int) -> int:
        """Return the labels there are."""
        return min(wanted, score_count)

    def boundaries(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
        wanted: int,
    ) -> Boundaries:
        """Return the labels nearest to their thresholds; where targeted the farthest one alone.

        A targeted attack has to bring all labels to their goals, so that the farthest decides; its
        other places hold it again.
        """
        inside = _inside(scores, goals)
        cared = goals != EITHER
        kept = self.boundary_count(scores.shape[1], wanted)
        nearest = np.argsort(np.where(cared, inside, np.inf), axis=1, kind="stable")[:, :kept]
        farthest = np.where(cared, inside, np.inf).argmin(axis=1)
        chosen = np.where(targeted[:, np.newaxis], farthest[:, np.newaxis], nearest)
        # A label that does not matter is no boundary: the nearest one stands in its place.
        open_ = ~np.take_along_axis(cared, chosen, axis=1)
        chosen = np.where(open_, chosen[:, :1], chosen)
        sign = np.where(targeted, -1.0, 1.0)[:, np.newaxis]
        side = np.take_along_axis(np.where(goals == 1, 1.0, -1.0), chosen, axis=1)
        cotangents = np.zeros((*chosen.shape, scores.shape[1]), np.float32)
        rows, numbers = np.indices(chosen.shape)
        cotangents[rows, numbers, chosen] = sign * side
        return Boundaries(sign * np.take_along_axis(inside, chosen, axis=1), cotangents)

    def confidence(
        self, scores: NDArray[np.floating], goals: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Return the least probability (N,) that a label of the goal is as it says."""
        inside = np.where(goals == EITHER, np.inf, _inside(scores, goals)).min(axis=1)
        return np.asarray(0.5 * (1 + np.tanh(inside / 2)))

    def spread(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return twice the root mean square of the scores, (N,)."""
        return np.asarray(2 * np.sqrt(np.mean(np.square(scores), axis=1)))

    def described(self, goal: NDArray[np.int64]) -> int | str:
        """Return the labels that are on, such as ``"3 7"``; those to turn off as ``"-5"``.

        A decision says 1 or 0 of each label, and then only those that are on are named.
        """
        partial = bool((goal == EITHER).any())
        named = [str(k) for k in np.flatnonzero(goal == 1)]
        if partial:
            named = [f"+{k}" for k in named] + [f"-{k}" for k in np.flatnonzero(goal == 0)]
        return " ".join(named)

    @property
    def is_traceable(self) -> bool:
        """Not: it is written for NumPy."""
        return False

    def graph_loss(self, objective: Objective) -> str | None:  # noqa: ARG002
        """Return None: gradient graphs have losses for single classes."""
        return None


def _inside(scores: NDArray[np.floating], goals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return s_k z_k (N, K): positive where a label is as the goal says."""
    return np.where(goals == 1, 1.0, -1.0) * scores.astype(np.float64)
