"""The decision for one class: the image's class is among the highest K scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from percept_adv.decisions.decision import HAIR, Boundaries
from percept_adv.errors import ParameterError
from percept_adv.images import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.decisions.decision import Objective

Array: TypeAlias = Any
"""An array of the array API standard; its first axis is the batch."""


@dataclass(frozen=True, slots=True)
class AmongHighest:
    """An image counts as class t while t is among the ``rank`` highest scores.

    With rank 1 this is the argmax, and the gap the bracket of eq. 3 (Zhang et al., 2020). Where
    scores tie, the first class comes first, as in ``numpy.argmax``.

    Attributes
    ----------
    rank : int
        How many classes count as an answer, at least 1.
    """

    rank: int = 1

    @property
    def least_scores(self) -> int:
        """One more than count as an answer."""
        return self.rank + 1

    def predict(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the class with the highest score, (N,)."""
        classes: NDArray[np.int64] = scores.argmax(axis=1).astype(np.int64)
        return classes

    def checked_goals(
        self, goals: Any, count: int, score_count: int, name: str
    ) -> NDArray[np.int64]:
        """Return one class for each image, (N,); a single number stands for all images.

        Raises
        ------
        ParameterError
            If they are not one class of the model for each image.
        """
        array = as_array(goals, "labels")
        if array.ndim == 0:
            array = np.broadcast_to(array, (count,))
        if array.shape != (count,) or (count and not np.issubdtype(array.dtype, np.integer)):
            raise ParameterError(
                f"labels are {array.dtype} of shape {array.shape}: give {count} whole numbers"
            )
        if count and not (array.min() >= 0 and array.max() < score_count):
            raise ParameterError(
                f"labels go from {array.min()} to {array.max()}: {name} has the classes 0 "
                f"to {score_count - 1}"
            )
        return array.astype(np.int64)

    def gap(self, scores: Array, goals: Array, targeted: Array) -> Array:
        """Return y_t minus the rank-th highest other score, the sign turned where targeted."""
        xp = scores.__array_namespace__()
        others, own = _others(scores, goals)
        gap = _sign(targeted, own) * (own - xp.sort(others, axis=1)[:, -self.rank])
        column, classes = own[:, None], xp.arange(scores.shape[1])[None, :]
        ahead = (others > column) | ((others == column) & (classes < goals[:, None]))
        adversarial = (_count(ahead) < self.rank) == targeted
        below = xp.minimum(gap, xp.full_like(gap, -HAIR))
        signed = xp.where(adversarial, below, xp.maximum(gap, xp.zeros_like(gap)))
        return xp.where(_count(xp.isnan(scores)) > 0, xp.full_like(gap, xp.nan), signed)

    def cotangent(
        self,
        scores: Array,
        goals: Array,
        targeted: Array,
    ) -> Array:
        """Return the derivative of the gap: +1 at the class, -1 at its rival."""
        xp = scores.__array_namespace__()
        others, own = _others(scores, goals)
        rivals = xp.argsort(-others, axis=1, stable=True)[:, self.rank - 1]
        zeros = xp.zeros_like(scores)
        difference = xp.where(_at(rivals, scores), zeros - 1, zeros)
        difference = xp.where(_at(goals, scores), zeros + 1, difference)
        return xp.astype(_sign(targeted, own)[:, None] * difference, xp.float32)

    def cross_entropy(
        self,
        scores: Array,
        goals: Array,
        targeted: Array,
    ) -> tuple[Array, Array]:
        """Return log p_t (its negative where targeted), and its derivative.

        The rank - 1 highest other classes are left out: they count as answers in any case, and the
        class has to fall behind one more.
        """
        xp = scores.__array_namespace__()
        scores = xp.astype(scores, xp.float64)
        others, own = _others(scores, goals)
        order = xp.argsort(-others, axis=1, stable=True)
        for place in range(self.rank - 1):
            lowest = xp.full_like(scores, -xp.inf)
            scores = xp.where(_at(order[:, place], scores), lowest, scores)
        shifted = scores - xp.max(scores, axis=1, keepdims=True)
        logarithms = shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
        zeros, chosen = xp.zeros_like(scores), _at(goals, scores)
        sign = _sign(targeted, own)
        cotangent = xp.where(chosen, zeros + 1, zeros) - xp.exp(logarithms)
        log_share = xp.sum(xp.where(chosen, logarithms, zeros), axis=1)
        return sign * log_share, xp.astype(sign[:, None] * cotangent, xp.float32)

    def boundary_count(self, score_count: int, wanted: int) -> int:
        """Return the rivals there are; only the one rank that decides where rank is above 1."""
        return min(wanted, score_count - 1) if self.rank == 1 else 1

    def boundaries(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
        wanted: int,
    ) -> Boundaries:
        """Return the gaps to the highest other classes, each with its derivative.

        To leave the highest K, a class has to fall behind K others at once: then the rank-th is
        the only boundary whose crossing suffices.
        """
        others, own = _others(scores, goals)
        order = np.argsort(-others, axis=1, kind="stable")
        first = self.rank - 1
        rivals = order[:, first : first + self.boundary_count(scores.shape[1], wanted)]
        sign = np.where(targeted, -1.0, 1.0)[:, np.newaxis]
        gaps = sign * (own[:, np.newaxis] - np.take_along_axis(others, rivals, axis=1))
        return Boundaries(gaps, _differences(scores.shape, goals, rivals, targeted))

    def confidence(
        self, scores: NDArray[np.floating], goals: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Return the softmax of the scores at the classes, (N,)."""
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = exponentials / exponentials.sum(axis=1, keepdims=True)
        return np.asarray(np.take_along_axis(shares, goals[:, np.newaxis], axis=1)[:, 0])

    def spread(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the highest score minus the mean or the second, whichever is more, (N,)."""
        ordered = np.sort(scores.astype(np.float64), axis=1)
        rest = np.minimum(ordered.mean(axis=1), ordered[:, -2])
        return np.asarray(ordered[:, -1] - rest)

    def described(self, goal: NDArray[np.int64]) -> int | str:
        """Return the class as a number."""
        return int(goal)

    @property
    def is_traceable(self) -> bool:
        """Its gap and derivative are written for any arrays."""
        return True

    def graph_loss(self, objective: Objective) -> str | None:
        """Return the objective where rank is 1; gradient graphs have no other rank."""
        return objective if self.rank == 1 else None


def _others(scores: Array, goals: Array) -> tuple[Array, Array]:
    """Return the scores with minus infinity at each image's class, and those at the class."""
    xp = scores.__array_namespace__()
    own = _at(goals, scores)
    others = xp.where(own, xp.full_like(scores, -xp.inf), scores)
    return others, xp.sum(xp.where(own, scores, xp.zeros_like(scores)), axis=1)


def _at(classes: Array, scores: Array) -> Array:
    """Return where the classes (N,) stand among the scores, (N, K) of bool."""
    numbers = scores.__array_namespace__().arange(scores.shape[1])
    return numbers[None, :] == classes[:, None]


def _sign(targeted: Array, like: Array) -> Array:
    """Return -1 where targeted and 1 elsewhere, (N,), in the type of ``like`` (N,)."""
    ones = like.__array_namespace__().ones_like(like)
    return like.__array_namespace__().where(targeted, -ones, ones)


def _count(condition: Array) -> Array:
    """Return for how many scores of each image a condition (N, K) holds, (N,)."""
    xp = condition.__array_namespace__()
    return xp.sum(xp.astype(condition, xp.int64), axis=1)


def _differences(
    shape: tuple[int, ...],
    goals: NDArray[np.int64],
    rivals: NDArray[np.intp],
    targeted: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return sign * (e_t - e_rival), (N, M, K)."""
    count, kept = rivals.shape
    cotangents = np.zeros((count, kept, shape[1]), np.float32)
    sign = np.where(targeted, -1.0, 1.0).astype(np.float32)[:, np.newaxis]
    rows, numbers = np.indices((count, kept))
    cotangents[rows, numbers, goals[:, np.newaxis]] = sign
    cotangents[rows, numbers, rivals] = -sign
    return cotangents
