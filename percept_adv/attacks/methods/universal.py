"""Universal perturbation (Moosavi-Dezfooli et al., "Universal Adversarial Perturbations", 2017).

One perturbation for all images, found by `UniversalSearch`, and each image shifted by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.rule import Learnt
from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.methods.universal_search import UniversalSearch, shifted
from percept_adv.attacks.registry import declare
from percept_adv.parameters import build, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier


@dataclass(frozen=True, kw_only=True)
class Shift(Iterated):
    """Add one given perturbation to every image.

    Attributes
    ----------
    perturbation
        (H, W, C).
    iterations
        1.
    """

    perturbation: NDArray[np.floating]
    iterations: int = whole(1, least=1, summary="Number of images proposed.")

    def start(self, problem: Problem) -> State:
        """Begin at the shifted image."""
        return {**super().start(problem), "image": shifted(problem.originals, self.perturbation)}

    @property
    def is_traceable(self) -> bool:
        """Not: one step is not worth a graph, which would hold the perturbation."""
        return False

    @property
    def settling(self) -> Settling:
        """Round the shifted images: a repair of one of them would not be for all images."""
        return NearImage(rounds=0)

    def update(self, problem: Problem, state: State, step: Step) -> State:  # noqa: ARG002
        """Do no more."""
        return {**state, "iteration": state["iteration"] + 1}


@declare(
    "universal",
    title="universal perturbation",
    paper="Moosavi-Dezfooli, Fawzi, Fawzi and Frossard, "
    '"Universal Adversarial Perturbations", 2017',
    family="fixed distortion",
    distances=("linf", "l2"),
    when="One perturbation that fools a model on most images, also on later ones.",
    random="order of images in the search",
    independent=False,
    lacks={
        "target": "a universal perturbation has no target",
        "targets": "a universal perturbation has no target classes",
        "mask": "a universal perturbation may change every pixel",
        "max_evaluations": "the search has no budget for each image",
    },
)
@dataclass(frozen=True, kw_only=True)
class UniversalPerturbation(UniversalSearch):
    """Find a universal perturbation of the images and attack each of them with it.

    Its fields are the parameters of `percept_adv.attacks.universal`, which explains them.
    """

    @property
    def is_random(self) -> bool:
        """The order of images is."""
        return True

    @property
    def most_gradients(self) -> int:
        """DeepFool's in each round, and one for the shifted image."""
        return self.rounds * self.iterations * self.candidates + 1

    def learn(
        self,
        classifier: Classifier,
        images: NDArray[np.float32],
        labels: NDArray[np.int64],
        *,
        seed: int,
        callback: Callback | None,
    ) -> Learnt:
        """Return the shift by the perturbation that is found."""
        found = self.find(classifier, images, labels, seed=seed, callback=callback)
        return Learnt(Shift(perturbation=found.perturbation), dict(enumerate(found.costs)))


def universal_perturbation(
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    seed: int = 0,
    **parameters: Any,
) -> NDArray[np.float32]:
    """Return one perturbation (H, W, C) that fools the model on most of the images.

    Parameters
    ----------
    classifier
        As for `percept_adv.attacks.attack`.
    images
        As for `percept_adv.attacks.attack`.
    labels
        As for `percept_adv.attacks.attack`.
    seed
        As for `percept_adv.attacks.attack`.
    **parameters
        Those of `percept_adv.attacks.universal`.

    Returns
    -------
    ndarray of float32
        (H, W, C), to be added to images in [0, 1].

    Raises
    ------
    InputError
        If images, labels or parameters cannot be used.
    ModelError
        If the model cannot be differentiated.

    Examples
    --------
    >>> percept_adv.attacks.universal_perturbation(classifier, images, labels, eps=0.3).shape
    (28, 28, 1)
    """
    search = build(UniversalPerturbation, parameters)
    checked = classifier.checked_images(images)
    truth = classifier.checked_labels(labels, len(checked))
    return search.find(classifier, checked, truth, seed=seed).perturbation
