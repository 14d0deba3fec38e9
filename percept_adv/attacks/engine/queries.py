"""What an attack asks about its images, and what it gets to hear.

Most attacks ask for one loss and its gradient; those that linearise several boundaries
ask for the gradient of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from percept_adv.attacks.engine.batch import Rivals, Step
from percept_adv.attacks.numerics.arrays import namespace, per_image
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.numerics.arrays import Array, State

Objective = Literal["logit_difference", "cross_entropy"]
OBJECTIVES = ("logit_difference", "cross_entropy")


class Query(Protocol):
    """A question to the target."""

    def cost(self, target: Target) -> int:
        """Return the most gradient evaluations for one image and step."""

    def ask(
        self,
        target: Target,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,
    ) -> Step:
        """Return what the target says of proposed images.

        ``state`` is the attack's own, which may say that it needs less.
        """


@dataclass(frozen=True, slots=True)
class LossQuery:
    """One loss with its gradient.

    Attributes
    ----------
    objective
        ``"logit_difference"`` (eq. 3 before the bracket is cut off) or ``"cross_entropy"``.
    """

    objective: Objective = "logit_difference"

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ParameterError(f"loss is {self.objective!r}: use one of {', '.join(OBJECTIVES)}")

    def cost(self, target: Target) -> int:  # noqa: ARG002
        """Return 1."""
        return 1

    def ask(
        self,
        target: Target,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,  # noqa: ARG002
    ) -> Step:
        """Return the loss and its gradient, signed so that the attack lowers it."""
        loss = problem.rule.graph_loss(self.objective)
        scores, objective, gradient = (
            self._by_cotangent(target, problem, images)
            if loss is None
            else self._inside_graph(target, problem, images)
        )
        xp = namespace(images)
        once = xp.ones((images.shape[0],), dtype=xp.int64)
        return Step(
            images=images,
            logits=scores * problem.scale[:, None],
            gap=problem.gap(scores),
            objective=objective,
            gradient=gradient,
            evaluations=once,
            passes=once if loss is not None else 2 * once,
        )

    def _inside_graph(self, target: Target, problem: Problem, images: Array) -> tuple[Array, ...]:
        """Take the loss inside the gradient graph: one run."""
        xp = namespace(images)
        evaluation = target.evaluate(
            images, problem.labels, loss=self.objective, scale=problem.scale
        )
        # The gap falls towards the goal; the cross-entropy falls towards the label.
        towards_label = xp.ones_like(evaluation.loss)
        if self.objective == "cross_entropy":
            towards_label = -towards_label
        sign = xp.where(problem.targeted, -towards_label, towards_label)
        gradient = per_image(sign, evaluation.gradient) * evaluation.gradient
        return evaluation.logits, sign * evaluation.loss, gradient

    def _by_cotangent(self, target: Target, problem: Problem, images: Array) -> tuple[Array, ...]:
        """Take a loss that gradient graphs do not have, in two runs."""
        xp = namespace(images)
        scores = target.logits(images)
        if self.objective == "cross_entropy":
            scaled = scores * problem.scale[:, None]
            objective, cotangent = problem.rule.cross_entropy(
                scaled, problem.labels, problem.targeted
            )
        else:
            objective = problem.gap(scores)
            cotangent = problem.rule.cotangent(scores, problem.labels, problem.targeted)
        gradient = target.gradient(images, problem.scale[:, None] * cotangent)
        return scores, xp.astype(objective, xp.float32), gradient


@dataclass(frozen=True, slots=True)
class ScoresQuery:
    """The scores alone, for attacks that need no gradient."""

    def cost(self, target: Target) -> int:  # noqa: ARG002
        """Return 0."""
        return 0

    def ask(
        self,
        target: Target,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,  # noqa: ARG002
    ) -> Step:
        """Return the scores and the gap; the gradient is 0."""
        scores = target.logits(images)
        gap = problem.gap(scores)
        return Step(
            images=images,
            logits=scores * problem.scale[:, np.newaxis],
            gap=gap,
            objective=gap,
            gradient=np.zeros_like(images),
            evaluations=np.zeros(len(images), np.int64),
            passes=np.ones(len(images), np.int64),
        )


@dataclass(frozen=True, slots=True)
class RivalsQuery:
    """The nearest boundaries of the decision: for classes, those to the strongest rivals.

    An attack's state may have entries ``rivals`` and ``rivals_behind`` (B,): how many it needs of
    an image in front of its boundary, and of one behind it; without them all, and none. The
    gradients of the others are 0.

    Attributes
    ----------
    count
        How many boundaries; fewer where the decision has fewer.
    """

    count: int

    def cost(self, target: Target) -> int:
        """Return the number of boundaries."""
        return target.decision.rule.boundary_count(target.class_count, self.count)

    def ask(
        self,
        target: Target,
        problem: Problem,
        images: NDArray[np.floating],
        state: State,
    ) -> Step:
        """Return the gaps to the boundaries, the nearest first, each with its gradient."""
        scores = target.logits(images)
        found = problem.rule.boundaries(scores, problem.labels, problem.targeted, self.count)
        gap = problem.gap(scores)
        everything = np.full(len(images), found.gaps.shape[1])
        before = np.minimum(state.get("rivals", everything), everything)
        wanted = np.where(gap < 0, state.get("rivals_behind", 0 * everything), before)
        gaps = (found.gaps * problem.scale[:, np.newaxis]).astype(np.float32)
        cotangents = found.cotangents * problem.scale[:, np.newaxis, np.newaxis].astype(np.float32)
        gradients = _boundary_gradients(target, images, cotangents, wanted)
        return Step(
            images=images,
            logits=scores * problem.scale[:, np.newaxis],
            gap=gap,
            objective=gap,
            gradient=gradients[:, 0],
            evaluations=wanted.astype(np.int64),
            # One for the scores, one with each gradient.
            passes=1 + wanted.astype(np.int64),
            rivals=Rivals(gaps, gradients),
        )


def _boundary_gradients(
    target: Target,
    images: NDArray[np.floating],
    cotangents: NDArray[np.float32],
    wanted: NDArray[Any],
) -> NDArray[np.float32]:
    """Return the gradients (B, M, H, W, C) of the first ``wanted`` (B,) gaps of each image."""
    kept = cotangents.shape[1]
    gradients = np.zeros((len(images), kept, *images.shape[1:]), np.float32)
    rows, numbers = np.nonzero(np.arange(kept) < wanted[:, None])
    if len(rows):
        gradients[rows, numbers] = target.gradient(images[rows], cotangents[rows, numbers])
    return gradients
