"""The decision of several models together: all of them have to be fooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.decision import Boundaries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.decisions.decision import Objective, Rule


@dataclass(frozen=True, slots=True)
class Every:
    """An image is adversarial when it is so for every model.

    Scores are those of the models side by side, (N, M K).

    Attributes
    ----------
    rule : Rule
        Of each model.
    models : int
        How many there are, M.
    """

    rule: Rule
    models: int

    @property
    def least_scores(self) -> int:
        """The fewest scores of all models."""
        return self.models * self.rule.least_scores

    def predict(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the decision that most models take; of several the one of the first of these."""
        decisions = np.stack([self.rule.predict(own) for own in self._each(scores)])
        agree = decisions[:, np.newaxis] == decisions[np.newaxis]
        agree = agree.reshape(*agree.shape[:3], -1).all(axis=-1).sum(axis=1)
        chosen: NDArray[np.int64] = decisions[agree.argmax(axis=0), np.arange(len(scores))]
        return chosen

    def checked_goals(
        self, goals: Any, count: int, score_count: int, name: str
    ) -> NDArray[np.int64]:
        """Return goals as the models' own rule takes them."""
        return self.rule.checked_goals(goals, count, score_count // self.models, name)

    def gap(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.floating]:
        """Return the greatest gap of the models."""
        gap: NDArray[np.floating] = self._gaps(scores, goals, targeted).max(axis=0)
        return gap

    def cotangent(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """Return the derivative of the greatest gap: that of the model farthest from fooled."""
        parts = [self.rule.cotangent(own, goals, targeted) for own in self._each(scores)]
        return self._of_farthest(np.stack(parts, axis=1), scores, goals, targeted)

    def cross_entropy(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> tuple[NDArray[np.floating], NDArray[np.float32]]:
        """Return the mean of the models' cross-entropies, and its derivative."""
        parts = [self.rule.cross_entropy(own, goals, targeted) for own in self._each(scores)]
        losses = np.mean([loss for loss, _ in parts], axis=0)
        cotangents = np.concatenate([part for _, part in parts], axis=1)
        return losses, (cotangents / self.models).astype(np.float32)

    def boundary_count(self, score_count: int, wanted: int) -> int:
        """Return how many boundaries each model has."""
        return self.rule.boundary_count(score_count // self.models, wanted)

    def boundaries(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
        wanted: int,
    ) -> Boundaries:
        """Return the boundaries of the model that is farthest from fooled."""
        each = [self.rule.boundaries(own, goals, targeted, wanted) for own in self._each(scores)]
        farthest = self._gaps(scores, goals, targeted).argmax(axis=0)
        gaps = np.stack([one.gaps for one in each])[farthest, np.arange(len(scores))]
        cotangents = [
            self._of_farthest(
                np.stack([one.cotangents[:, i] for one in each], axis=1), scores, goals, targeted
            )
            for i in range(gaps.shape[1])
        ]
        return Boundaries(gaps, np.stack(cotangents, axis=1))

    def confidence(
        self, scores: NDArray[np.floating], goals: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Return the mean confidence of the models."""
        each = [self.rule.confidence(own, goals) for own in self._each(scores)]
        return np.asarray(np.mean(each, axis=0))

    def spread(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the greatest spread of the models."""
        return np.asarray(np.max([self.rule.spread(own) for own in self._each(scores)], axis=0))

    def described(self, goal: NDArray[np.int64]) -> int | str:
        """Return one image's goal for a record."""
        return self.rule.described(goal)

    @property
    def is_traceable(self) -> bool:
        """Not: it is written for NumPy."""
        return False

    def graph_loss(self, objective: Objective) -> str | None:  # noqa: ARG002
        """Return None: no gradient graph holds several models."""
        return None

    def _each(self, scores: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        return np.split(scores, self.models, axis=1)

    def _gaps(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.floating]:
        """Return the gap of each model, (M, N)."""
        return np.stack([self.rule.gap(own, goals, targeted) for own in self._each(scores)])

    def _of_farthest(
        self,
        parts: NDArray[np.float32],
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """Return derivatives (N, M, K) side by side, all but the farthest model's 0."""
        farthest = self._gaps(scores, goals, targeted).argmax(axis=0)
        only = np.arange(self.models) == farthest[:, np.newaxis]
        kept: NDArray[np.float32] = np.where(only[..., np.newaxis], parts, np.float32(0))
        return kept.reshape(len(scores), -1)


@dataclass(frozen=True, slots=True)
class OfMean(AmongHighest):
    """The decision of one class on mean scores, which no gradient graph computes."""

    @property
    def is_traceable(self) -> bool:
        """Not: it is written for NumPy."""
        return False

    def graph_loss(self, objective: Objective) -> str | None:  # noqa: ARG002
        """Return None: no gradient graph holds several models."""
        return None
