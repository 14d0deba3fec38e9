"""From what a deployed model gives to the scores that its decision is taken on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.classifier.outputs import OutputKind, to_logits
from percept_adv.decisions import Decision, argmax, binary, multilabel
from percept_adv.decisions.classes import AmongHighest
from percept_adv.decisions.heads import LOGITS, SCORES, TwoClasses, head_model
from percept_adv.errors import ModelError
from percept_adv.runtime import Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.gradients import IncreasingEnd


class Scoring:
    """Makes a decision's scores of a model's outputs.

    Parameters
    ----------
    kind
        What the outputs are.
    decision
        Whose scores are wanted.
    end
        Functions at the model's end that only keep the order of its scores. Where nothing else
        counts they are undone, as their gradient vanishes.
    """

    def __init__(
        self, kind: OutputKind, decision: Decision, end: IncreasingEnd | None = None
    ) -> None:
        self.kind = kind
        self.decision = decision
        by_order = isinstance(decision.rule, AmongHighest) and decision.head is None
        self.end = end if by_order and kind == "logits" else None
        self._head = Session(head_model(decision.head)) if decision.head else None

    def scores(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scores (N, K) of outputs (N, K')."""
        logits = to_logits(outputs, self.kind).astype(np.float32, copy=False)
        if self.end is not None:
            logits = self.end.undo(logits)
        if self._head is None:
            return logits
        (scores,) = self._head.run({LOGITS: logits}, [SCORES])
        return scores

    def count(self, outputs: NDArray[np.float32], named: str) -> int:
        """Return how many scores outputs give.

        Raises
        ------
        ModelError
            If they are too few for the decision; ``named`` says which output.
        """
        count = int(self.scores(outputs).shape[1])
        least = self.decision.rule.least_scores
        if count < least:
            scores = "one score" if count == 1 else f"{count} scores"
            raise ModelError(
                f"{named} has {scores}: the decision {self.decision.name} takes {least} or more; "
                "choose another output or decision"
            )
        if isinstance(self.decision.head, TwoClasses) and outputs.shape[1] != 1:
            raise ModelError(
                f"{named} has {outputs.shape[1]} scores: the decision {self.decision.name} takes "
                "one; choose argmax, topk:K or multilabel"
            )
        return count


def as_rows(outputs: NDArray[np.floating], count: int, named: str) -> NDArray[np.float32]:
    """Return outputs for ``count`` images as (count, K).

    Axes of length 1 behind the classes are dropped, as convolutional heads leave them, and an
    output (N,) is one of a single score.

    Raises
    ------
    ModelError
        If they are not one row of scores for each image; ``named`` says which output.
    """
    length = max(outputs.shape[1:], default=1)
    if outputs.shape[:1] != (count,) or not length or outputs.size != count * length:
        raise ModelError(
            f"{named} has the shape {outputs.shape} for {count} images: a classifier gives one "
            f"row of scores for each, ({count}, K); choose another output"
        )
    return np.asarray(outputs.reshape(count, length), np.float32)


def default_decision(
    score_count: int, kind: OutputKind, operator: str | None, named: str
) -> tuple[Decision, str | None]:
    """Return the decision that a model's output suggests, and what to tell the user of it.

    Raises
    ------
    ModelError
        If the output is an embedding, whose decision needs a reference image.
    """
    if operator == "LpNormalization":
        raise ModelError(
            f"{named} is an embedding of length {score_count}, not classes: give a reference image "
            "and a threshold (--decision embedding:cosine:0.4 --reference FILE), or --decision "
            "argmax if it holds classes all the same"
        )
    if score_count == 1:
        return binary(), (
            f"{named} is one number: class 1 where its probability is above 0.5, class 0 otherwise "
            "(--decision binary:THRESHOLD)"
        )
    if kind == "sigmoid":
        return multilabel(), (
            f"{named} holds independent probabilities: each label is on above 0.5 (--decision "
            "multilabel:THRESHOLD, or --decision argmax if one class is taken)"
        )
    return argmax(), None
