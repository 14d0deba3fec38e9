"""Whom an attack asks about its images, and what it gets to hear.

Most attacks ask for one loss and its gradient; those that linearise several boundaries
ask for the gradient of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from percept_adv.attacks.engine.batch import Rivals, Step
from percept_adv.attacks.engine.gap import adversarial_gap
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier

Objective = Literal["logit_difference", "cross_entropy"]
OBJECTIVES = ("logit_difference", "cross_entropy")


class Oracle(Protocol):
    """A question to the classifier."""

    def cost(self, classifier: Classifier) -> int:
        """Return the most gradient evaluations for one image and step."""

    def ask(
        self,
        classifier: Classifier,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,
    ) -> Step:
        """Return what the classifier says of proposed images.

        ``state`` is the attack's own, which may say that it needs less.
        """


@dataclass(frozen=True, slots=True)
class LossOracle:
    """One loss inside the gradient graph, with its gradient.

    Attributes
    ----------
    objective
        ``"logit_difference"`` (eq. 3 before the bracket is cut off) or ``"cross_entropy"``.
    """

    objective: Objective = "logit_difference"

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ParameterError(f"loss is {self.objective!r}: use one of {', '.join(OBJECTIVES)}")

    def cost(self, classifier: Classifier) -> int:  # noqa: ARG002
        """Return 1."""
        return 1

    def ask(
        self,
        classifier: Classifier,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,  # noqa: ARG002
    ) -> Step:
        """Return the loss and its gradient, signed so that the attack lowers it."""
        evaluation = classifier.evaluate(images, problem.labels, loss=self.objective)
        # The gap falls towards the goal; the cross-entropy falls towards the label.
        towards_label = -1.0 if self.objective == "cross_entropy" else 1.0
        sign = np.where(problem.targeted, -towards_label, towards_label).astype(np.float32)
        gap = adversarial_gap(evaluation.logits, problem.labels, problem.targeted)
        return Step(
            images=images,
            logits=evaluation.logits,
            gap=gap.astype(np.float32),
            objective=sign * evaluation.loss,
            gradient=sign[:, None, None, None] * evaluation.gradient,
            evaluations=np.ones(len(images), np.int64),
            passes=np.ones(len(images), np.int64),
        )


@dataclass(frozen=True, slots=True)
class RivalsOracle:
    """The differences between the label's logit and those of its strongest rivals.

    An attack's state may have entries ``rivals`` and ``rivals_behind`` (B,): how many it needs of
    an image in front of its boundary, and of one behind it; without them all, and none. The
    gradients of the others are 0.

    Attributes
    ----------
    count
        How many rivals; fewer where the model has fewer classes.
    """

    count: int

    def cost(self, classifier: Classifier) -> int:
        """Return the number of rivals."""
        return min(self.count, classifier.class_count - 1)

    def ask(
        self,
        classifier: Classifier,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,
    ) -> Step:
        """Return the gaps to the rivals, the strongest first, each with its gradient."""
        logits = classifier.logits(images)
        sign = np.where(problem.targeted, -1.0, 1.0).astype(np.float32)
        rows = np.arange(len(images))
        others = logits.astype(np.float64)
        others[rows, problem.labels] = -np.inf
        order = np.argsort(-others, axis=1, kind="stable")
        rivals = order[:, : self.cost(classifier)]
        gaps = sign[:, None] * (logits[rows, problem.labels, None] - logits[rows[:, None], rivals])
        gap = adversarial_gap(logits, problem.labels, problem.targeted).astype(np.float32)
        everything = np.full(len(images), rivals.shape[1])
        before = np.minimum(state.get("rivals", everything), everything)
        wanted = np.where(gap < 0, state.get("rivals_behind", 0 * everything), before)
        gradients = _rival_gradients(classifier, problem, images, rivals, sign, wanted)
        return Step(
            images=images,
            logits=logits,
            gap=gap,
            objective=gap,
            gradient=gradients[:, 0],
            evaluations=wanted.astype(np.int64),
            # One for the logits, one with each gradient.
            passes=1 + wanted.astype(np.int64),
            rivals=Rivals(gaps, gradients),
        )


def _rival_gradients(
    classifier: Classifier,
    problem: Problem,
    images: NDArray[np.floating],
    rivals: NDArray[np.intp],
    sign: NDArray[np.float32],
    wanted: NDArray[Any],
) -> NDArray[np.float32]:
    """Return the gradients (B, M, H, W, C) of the first ``wanted`` (B,) gaps of each image."""
    gradients = np.zeros((*rivals.shape, *images.shape[1:]), np.float32)
    rows, numbers = np.nonzero(np.arange(rivals.shape[1]) < wanted[:, None])
    if len(rows):
        cotangents = np.zeros((len(rows), classifier.class_count), np.float32)
        each = np.arange(len(rows))
        cotangents[each, problem.labels[rows]] = sign[rows]
        cotangents[each, rivals[rows, numbers]] = -sign[rows]
        gradients[rows, numbers] = classifier.gradient(images[rows], cotangents)
    return gradients
