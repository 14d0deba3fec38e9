"""The search for a universal perturbation (Moosavi-Dezfooli et al., 2017, algorithm 1).

DeepFool's step from each image that the perturbation does not fool yet is added to it, and
the sum is drawn back into a ball.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.attacks.engine.driver import attack_each
from percept_adv.attacks.engine.request import AttackRequest
from percept_adv.attacks.engine.result import Cost, StepInfo
from percept_adv.attacks.engine.stopping import ended_by
from percept_adv.attacks.methods.deepfool import DeepFool
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.norms import MEASURES
from percept_adv.errors import ShapeError
from percept_adv.images import from_uint8, to_uint8
from percept_adv.parameters import Parameters, choice, real, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import ImageResult
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.classifier import Classifier

_TOGETHER = 64
"""Images classified together."""


@dataclass(frozen=True, slots=True)
class Found:
    """A universal perturbation (H, W, C), and what each image cost in its search."""

    perturbation: NDArray[np.float32]
    costs: tuple[Cost, ...]


@dataclass(frozen=True, kw_only=True)
class UniversalSearch(Parameters):
    """How a universal perturbation is looked for."""

    distance: Literal["l2", "linf"] = choice("linf", *MEASURES, summary="The norm that eps bounds.")
    eps: float = real(
        10 / 255, above=0, unit="the norm", summary="Largest norm of the perturbation."
    )
    fooling_rate: float = real(
        0.8, above=0, most=1, summary="The share of images fooled at which the search ends."
    )
    rounds: int = whole(20, least=1, summary="Most passes over all images.")
    iterations: int = whole(20, least=1, summary="Most steps of DeepFool for an image.")
    overshoot: float = real(0.02, above=0, summary="Overshoot of DeepFool's steps.")
    candidates: int = whole(
        10, least=1, summary="How many other classes DeepFool linearises in each step."
    )

    def find(
        self,
        classifier: Classifier,
        images: NDArray[np.float32],
        labels: NDArray[np.integer],
        *,
        seed: int = 0,
        callback: Callback | None = None,
    ) -> Found:
        """Return one perturbation of all images.

        Parameters
        ----------
        classifier
            The model to be fooled.
        images
            (N, H, W, C) in [0, 1].
        labels
            (N,): the class that each is to leave.
        seed
            Of the order of images in each round.
        callback
            Called after each image; returning True ends the search.

        Returns
        -------
        Found
            The perturbation (H, W, C), and what it has cost for each image.

        Raises
        ------
        ShapeError
            If there are no images.
        """
        if not len(images):
            raise ShapeError("there are no images: give at least one")
        v = np.zeros(images.shape[1:], np.float32)
        costs = [Cost()] * len(images)
        rng = np.random.default_rng(seed)
        radius = np.array([self.eps], np.float32)
        steps = found = 0
        for _ in range(self.rounds):
            for index in rng.permutation(len(images)):
                begin = perf_counter()
                begun = _stored(images[index : index + 1], v)
                outcome = self._step(classifier, begun, labels[index : index + 1])
                # Of an image that is fooled as it is stored the change is 0.
                moved = v + (outcome.adversarial - begun[0])
                v = MEASURES[self.distance].project(moved[np.newaxis], radius)[0]
                costs[index] = costs[index].plus(
                    outcome.forward_count, outcome.backward_count, perf_counter() - begin
                )
                steps += 1
                info = StepInfo(steps, len(images), 0, found, steps / self.rounds)
                if ended_by(callback, info)[1]:
                    return Found(v, tuple(costs))
            begin = perf_counter()
            found = _fooled(classifier, images, labels, v)
            share = (perf_counter() - begin) / len(images)
            costs = [cost.plus(1, 0, share) for cost in costs]
            if found >= self.fooling_rate * len(images):
                break
        return Found(v, tuple(costs))

    def _step(
        self, classifier: Classifier, image: NDArray[np.float32], label: NDArray[np.integer]
    ) -> ImageResult:
        """Attack one image (1, H, W, C) with DeepFool."""
        rule = DeepFool(
            iterations=self.iterations, overshoot=self.overshoot, candidates=self.candidates
        )
        (outcome,) = attack_each(rule, AttackRequest(classifier, image, label))
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
