"""Whom an attack asks about its images, and what it gets to hear.

Most attacks ask for one loss and its gradient; those that linearise several boundaries
ask for the gradient of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from percept_adv.errors import ParameterError

from .labels import adversarial_gap
from .problem import Rivals, Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

    from .problem import Problem

Objective = Literal["logit_difference", "cross_entropy"]
OBJECTIVES = ("logit_difference", "cross_entropy")


class Oracle(Protocol):
    """A question to the classifier."""

    def cost(self, classifier: Classifier) -> int:
        """Return the gradient evaluations for one image and step."""

    def ask(self, classifier: Classifier, problem: Problem, images: NDArray[np.floating]) -> Step:
        """Return what the classifier says of proposed images."""


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

    def ask(self, classifier: Classifier, problem: Problem, images: NDArray[np.floating]) -> Step:
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
        )


@dataclass(frozen=True, slots=True)
class RivalsOracle:
    """The differences between the label's logit and those of its strongest rivals.

    Attributes
    ----------
    count
        How many rivals; fewer where the model has fewer classes.
    """

    count: int

    def cost(self, classifier: Classifier) -> int:
        """Return the number of rivals."""
        return min(self.count, classifier.class_count - 1)

    def ask(self, classifier: Classifier, problem: Problem, images: NDArray[np.floating]) -> Step:
        """Return the gaps to the rivals, the strongest first, each with its gradient."""
        logits = classifier.logits(images)
        sign = np.where(problem.targeted, -1.0, 1.0).astype(np.float32)
        rows = np.arange(len(images))
        others = logits.astype(np.float64)
        others[rows, problem.labels] = -np.inf
        order = np.argsort(-others, axis=1, kind="stable")
        rivals = order[:, : self.cost(classifier)]
        number = rivals.shape[1]
        cotangents = np.zeros((len(images), number, logits.shape[1]), np.float32)
        cotangents[rows, :, problem.labels] = sign[:, None]
        cotangents[rows[:, None], np.arange(number), rivals] = -sign[:, None]
        gradients = classifier.gradient(
            np.repeat(images, number, axis=0), cotangents.reshape(-1, logits.shape[1])
        ).reshape(len(images), number, *images.shape[1:])
        gaps = sign[:, None] * (logits[rows, problem.labels, None] - logits[rows[:, None], rivals])
        gap = adversarial_gap(logits, problem.labels, problem.targeted).astype(np.float32)
        return Step(
            images=images,
            logits=logits,
            gap=gap,
            objective=gap,
            gradient=gradients[:, 0],
            rivals=Rivals(gaps, gradients),
        )
