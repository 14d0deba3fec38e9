"""The search for a universal perturbation (Moosavi-Dezfooli et al., 2017, algorithm 1).

DeepFool's step from each image that the perturbation does not fool yet is added to it, and
the sum is drawn back into a ball.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from percept_adv.attacks.engine.driver import StepInfo, attack_each, build_with
from percept_adv.attacks.engine.rule import check_positive
from percept_adv.attacks.methods.deepfool import DeepFool
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.norms import measure_of
from percept_adv.errors import ShapeError
from percept_adv.images import from_uint8, to_uint8

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.classifier import Classifier

_TOGETHER = 64
"""Images classified together."""


class SearchCost(NamedTuple):
    """What the search has spent on one image."""

    forward_count: int = 0
    backward_count: int = 0
    seconds: float = 0.0

    def plus(self, forward_count: int, backward_count: int, seconds: float) -> SearchCost:
        """Return the cost with more spent."""
        return SearchCost(
            self.forward_count + forward_count,
            self.backward_count + backward_count,
            self.seconds + seconds,
        )

    def added_to(self, outcome: ImageResult) -> ImageResult:
        """Return the outcome of an image with its share of the search."""
        whole = self.plus(outcome.forward_count, outcome.backward_count, outcome.seconds)
        return replace(outcome, **whole._asdict())


@dataclass(frozen=True, slots=True)
class Universal:
    """A universal perturbation (H, W, C), and what each image cost in its search."""

    perturbation: NDArray[np.float32]
    costs: tuple[SearchCost, ...]


@dataclass(frozen=True, kw_only=True)
class UniversalSearch:
    """How a universal perturbation is looked for.

    Attributes
    ----------
    distance, eps
        The norm and its bound: by default 10 of 255 levels in Linf, as in the paper.
    fooling_rate
        The share of images at which the search ends.
    rounds
        How often all images are gone through at most.
    iterations, overshoot, candidates
        Of `DeepFool` for each image.
    seed
        Of the order of images in each round.
    """

    distance: Literal["l2", "linf"] = "linf"
    eps: float = 10 / 255
    fooling_rate: float = 0.8
    rounds: int = 20
    iterations: int = 20
    overshoot: float = 0.02
    candidates: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        check_positive(eps=self.eps, rounds=self.rounds, fooling_rate=self.fooling_rate)
        measure_of(self.distance)

    def find(
        self,
        classifier: Classifier,
        images: NDArray[np.float32],
        labels: NDArray[np.integer],
        *,
        callback: Callable[[StepInfo], None] | None = None,
    ) -> Universal:
        """Return the perturbation of images (N, H, W, C).

        ``callback`` is called after each image of each round.
        """
        if not len(images):
            raise ShapeError("there are no images: a universal perturbation needs some")
        v = np.zeros(images.shape[1:], np.float32)
        costs = [SearchCost()] * len(images)
        rng = np.random.default_rng(self.seed)
        radius = np.array([self.eps], np.float32)
        steps = found = 0
        for _ in range(self.rounds):
            for index in rng.permutation(len(images)):
                begin = perf_counter()
                begun = _stored(images[index : index + 1], v)
                outcome = self._step(classifier, begun, labels[index : index + 1])
                # Of an image that is fooled as it is stored the change is 0.
                moved = v + (outcome.adversarial - begun[0])
                v = measure_of(self.distance).project(moved[np.newaxis], radius)[0]
                costs[index] = costs[index].plus(
                    outcome.forward_count, outcome.backward_count, perf_counter() - begin
                )
                steps += 1
                if callback is not None:
                    callback(StepInfo(steps, len(images), 0, found, steps / self.rounds))
            begin = perf_counter()
            found = _fooled(classifier, images, labels, v)
            share = (perf_counter() - begin) / len(images)
            costs = [cost.plus(1, 0, share) for cost in costs]
            if found >= self.fooling_rate * len(images):
                break
        return Universal(v, tuple(costs))

    def _step(
        self, classifier: Classifier, image: NDArray[np.float32], label: NDArray[np.integer]
    ) -> ImageResult:
        """Attack one image (1, H, W, C) with DeepFool."""
        rule = DeepFool(
            iterations=self.iterations, overshoot=self.overshoot, candidates=self.candidates
        )
        (outcome,) = attack_each(rule, classifier, image, label)
        return outcome


def shifted(images: Array, v: Array) -> Array:
    """Return images (N, H, W, C) with the perturbation v (H, W, C) added, in [0, 1]."""
    return namespace(images).clip(images + v[None, ...], 0, 1)


def _stored(images: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return shifted images as 8 bits keep them.

    Judged before rounding, a search ends with all images a hair behind their boundaries, and
    rounding undoes most of it.
    """
    return from_uint8(to_uint8(shifted(images, v)), np.float32)


def _fooled(
    classifier: Classifier,
    images: NDArray[np.float32],
    labels: NDArray[np.integer],
    v: NDArray[np.float32],
) -> int:
    """Return how many shifted images are misclassified."""
    count = 0
    for start in range(0, len(images), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        count += int((classifier.predict(_stored(images[part], v)) != labels[part]).sum())
    return count


def universal_search(**parameters: Any) -> UniversalSearch:
    """Return the search with its parameters.

    Raises
    ------
    ParameterError
        If a parameter is unknown, or its value outside its range.
    """
    search: UniversalSearch = build_with(UniversalSearch, parameters)
    return search
