"""Universal perturbation (Moosavi-Dezfooli et al., "Universal Adversarial Perturbations", 2017).

One perturbation for all images (algorithm 1): DeepFool's step from each image that it does
not fool yet is added to it, and the sum is drawn back into a ball.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from percept_adv.errors import ParameterError, ShapeError

from .arrays import namespace
from .checking import check_images
from .deep_fool import DeepFool
from .driver import StepInfo, attack_each, build_with
from .iterated import Iterated
from .radii import measure_of
from .result import AttackResult
from .rule import check_positive

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

    from .arrays import State
    from .problem import Problem, Step

_TOGETHER = 64
"""Images classified together."""


@dataclass(frozen=True, kw_only=True)
class Shift(Iterated):
    """Add one given perturbation to every image.

    Attributes
    ----------
    perturbation
        (H, W, C).
    """

    perturbation: NDArray[np.floating]
    iterations: int = 1

    @property
    def minimises_distortion(self) -> bool:
        """The perturbation is given."""
        return False

    def start(self, problem: Problem) -> State:
        """Begin at the shifted image."""
        xp = namespace(problem.originals)
        shifted = xp.clip(problem.originals + self.perturbation[None, ...], 0, 1)
        return {**super().start(problem), "image": shifted}

    def update(self, problem: Problem, state: State, step: Step) -> State:  # noqa: ARG002
        """Do no more."""
        return {**state, "iteration": state["iteration"] + 1}


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
    rounds: int = 5
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
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the perturbation (H, W, C), and the gradients taken for each image (N,).

        ``callback`` is called after each image of each round.
        """
        if not len(images):
            raise ShapeError("there are no images: a universal perturbation needs some")
        v = np.zeros(images.shape[1:], np.float32)
        counts = np.zeros(len(images), np.int64)
        rng = np.random.default_rng(self.seed)
        steps = found = 0
        for _ in range(self.rounds):
            for index in rng.permutation(len(images)):
                shifted = np.clip(images[index] + v, 0, 1)[np.newaxis]
                change, cost = self._change(classifier, shifted, labels[index : index + 1])
                counts[index] += cost
                radius = np.array([self.eps], np.float32)
                v = measure_of(self.distance).project((v + change)[np.newaxis], radius)[0]
                steps += 1
                if callback is not None:
                    callback(StepInfo(steps, len(images), 0, found))
            found = _fooled(classifier, images, labels, v)
            if found >= self.fooling_rate * len(images):
                break
        return v, counts

    def _change(
        self, classifier: Classifier, shifted: NDArray[np.float32], label: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], int]:
        """Return DeepFool's perturbation of one image (1, H, W, C), 0 where it is fooled."""
        rule = DeepFool(
            iterations=self.iterations, overshoot=self.overshoot, candidates=self.candidates
        )
        (outcome,) = attack_each(rule, classifier, shifted, label)
        return outcome.adversarial - shifted[0], outcome.backward_count


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
        shifted = np.clip(images[part] + v, 0, 1)
        count += int((classifier.predict(shifted) != labels[part]).sum())
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


def universal_perturbation(
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    **parameters: Any,
) -> NDArray[np.float32]:
    """Return one perturbation (H, W, C) that fools the model on most of the images.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **parameters
        Those of `UniversalSearch`.
    """
    checked = check_images(images, classifier)
    truth = classifier.checked_labels(labels, len(checked))
    perturbation, _ = universal_search(**parameters).find(classifier, checked, truth)
    return perturbation


def universal(
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    targets: NDArray[np.integer] | None = None,
    batch_size: int = 8,
    callback: Callable[[StepInfo], None] | None = None,
    **parameters: Any,
) -> AttackResult:
    """Find a universal perturbation of the images and attack each of them with it.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    targets
        None: the attack is untargeted.
    batch_size
        How many shifted images are classified together.
    callback
        Called with a `StepInfo` after each image of each round of the search.
    **parameters
        Those of `UniversalSearch`.

    Raises
    ------
    ParameterError
        If targets are given.
    """
    if targets is not None:
        raise ParameterError("a universal perturbation has no targets: leave them out")
    checked = check_images(images, classifier)
    truth = classifier.checked_labels(labels, len(checked))
    search = universal_search(**parameters)
    perturbation, counts = search.find(classifier, checked, truth, callback=callback)
    rule = Shift(perturbation=perturbation)
    outcomes = attack_each(rule, classifier, checked, truth, batch_size=batch_size)
    return AttackResult.of(
        [
            replace(outcome, backward_count=outcome.backward_count + int(counts[outcome.index]))
            for outcome in outcomes
        ]
    )
