"""Universal perturbation (Moosavi-Dezfooli et al., "Universal Adversarial Perturbations", 2017).

One perturbation for all images, found by `UniversalSearch`, and each image shifted by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import attack_each
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.result import AttackResult
from percept_adv.attacks.methods.universal_search import shifted, universal_search
from percept_adv.errors import ParameterError
from percept_adv.images import to_uint8

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.driver import StepInfo
    from percept_adv.attacks.numerics.arrays import State
    from percept_adv.classifier import Classifier


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
        return {**super().start(problem), "image": shifted(problem.originals, self.perturbation)}

    def store(
        self,
        originals: NDArray[np.floating],
        images: NDArray[np.floating],  # noqa: ARG002
    ) -> NDArray[np.uint8]:
        """Round the shifted images: a repair of one of them would not be for all images."""
        return to_uint8(shifted(originals, self.perturbation))

    def update(self, problem: Problem, state: State, step: Step) -> State:  # noqa: ARG002
        """Do no more."""
        return {**state, "iteration": state["iteration"] + 1}


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
    checked = classifier.checked_images(images)
    truth = classifier.checked_labels(labels, len(checked))
    return universal_search(**parameters).find(classifier, checked, truth).perturbation


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
    checked = classifier.checked_images(images)
    truth = classifier.checked_labels(labels, len(checked))
    search = universal_search(**parameters)
    found = search.find(classifier, checked, truth, callback=callback)
    rule = Shift(perturbation=found.perturbation)
    outcomes = attack_each(rule, classifier, checked, truth, batch_size=batch_size)
    return AttackResult.of([found.costs[outcome.index].added_to(outcome) for outcome in outcomes])
