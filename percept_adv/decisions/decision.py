"""The parts of a decision: a rule over scores, and a head that makes the scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.decisions.heads import Head

Objective = Literal["logit_difference", "cross_entropy"]
"""What an attack lowers: the gap itself, or a cross-entropy."""


HAIR = 1e-30
"""The gap of an image that is adversarial by the order of tied scores; a number of float32."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The single boundaries that a decision is made of, the nearest one first.

    Attributes
    ----------
    gaps : ndarray of float, shape (N, M)
        An image is adversarial as soon as one of its gaps is negative.
    cotangents : ndarray of float32, shape (N, M, K)
        Derivative of each gap by the scores.
    """

    gaps: NDArray[np.floating]
    cotangents: NDArray[np.float32]


class Rule(Protocol):
    """How scores (N, K) become a decision. A goal is what `checked_goals` returns.

    A goal is what an image is to leave or, where ``targeted`` (N,) holds, to reach.
    """

    @property
    def least_scores(self) -> int:
        """The fewest scores that the rule can decide about."""

    def predict(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the decisions: (N,) classes, or (N, K) labels that are on (1) or off (0).

        Parameters
        ----------
        scores
            (N, K).

        Returns
        -------
        ndarray of int64
            (N,) or (N, K).
        """

    def checked_goals(
        self, goals: Any, count: int, score_count: int, name: str
    ) -> NDArray[np.int64]:
        """Return goals for ``count`` images.

        Parameters
        ----------
        goals
            As users give them: numbers, one or N.
        count
            N, the number of images.
        score_count
            K, the number of scores.
        name
            Of the model, for the message.

        Returns
        -------
        ndarray of int64
            (N,) classes, or (N, K) labels.

        Raises
        ------
        ParameterError
            If they do not fit the rule; ``name`` is the model's, for the message.
        """

    def gap(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.floating]:
        """Return how far each image (N,) is from being adversarial: negative means it is.

        NaN where the scores hold NaN: such an image is neither adversarial nor decided about.

        Parameters
        ----------
        scores
            (N, K).
        goals
            As `checked_goals` returns them.
        targeted
            (N,): whether the goal is to be reached; otherwise it is to be left.

        Returns
        -------
        ndarray
            (N,), in the unit of the scores.
        """

    def cotangent(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """Return the derivative of the gap by the scores, (N, K).

        Parameters
        ----------
        scores
            As for `gap`.
        goals
            As for `gap`.
        targeted
            As for `gap`.

        Returns
        -------
        ndarray of float32
            (N, K).
        """

    def cross_entropy(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
    ) -> tuple[NDArray[np.floating], NDArray[np.float32]]:
        """Return what an attack by cross-entropy lowers, (N,), and its derivative (N, K).

        Parameters
        ----------
        scores
            As for `gap`.
        goals
            As for `gap`.
        targeted
            As for `gap`.

        Returns
        -------
        tuple of ndarray
            (N,) and (N, K).
        """

    def boundary_count(self, score_count: int, wanted: int) -> int:
        """Return how many of the wanted boundaries there are.

        Parameters
        ----------
        score_count
            K, the number of scores.
        wanted
            How many an attack asks for.

        Returns
        -------
        int
            At most ``wanted``.
        """

    def boundaries(
        self,
        scores: NDArray[np.floating],
        goals: NDArray[np.int64],
        targeted: NDArray[np.bool_],
        wanted: int,
    ) -> Boundaries:
        """Return the nearest boundaries, for attacks that linearise several.

        Parameters
        ----------
        scores
            As for `gap`.
        goals
            As for `gap`.
        targeted
            As for `gap`.
        wanted
            How many, at most.

        Returns
        -------
        Boundaries
            The nearest one first.
        """

    def confidence(
        self, scores: NDArray[np.floating], goals: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Return the model's confidence (N,) in a decision.

        Parameters
        ----------
        scores
            (N, K).
        goals
            As `checked_goals` returns them.

        Returns
        -------
        ndarray
            (N,), in [0, 1].
        """

    def spread(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return how far apart each image's scores are, (N,), in proportion to their scale.

        Parameters
        ----------
        scores
            (N, K).

        Returns
        -------
        ndarray
            (N,), at least 0.
        """

    def described(self, goal: NDArray[np.int64]) -> int | str:
        """Return one image's goal or decision for a record.

        Parameters
        ----------
        goal
            One row of goals or decisions.

        Returns
        -------
        int or str
            A class, or labels such as ``"3 7"``.
        """

    @property
    def is_traceable(self) -> bool:
        """Whether gap, cotangent and cross-entropy take any arrays; see `percept_adv.tracing`."""

    def graph_loss(self, objective: Objective) -> str | None:
        """Return the loss that a gradient graph computes in the same run, if it has this one.

        Parameters
        ----------
        objective
            ``"logit_difference"`` or ``"cross_entropy"``.

        Returns
        -------
        str or None
            As in `percept_adv.build_gradient_graph`.
        """


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided about a model's output, and how.

    Attributes
    ----------
    name : str
        As on the command line, such as ``"topk:5"``.
    rule : Rule
        Over the scores.
    head : Head or None
        What makes the scores from the output; None where the output itself is the scores.
    class_names : sequence of str or None
        Names of the decisions where they are not the model's classes.
    """

    name: str
    rule: Rule
    head: Head | None = None
    class_names: Sequence[str] | None = None
