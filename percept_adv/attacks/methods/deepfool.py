"""DeepFool (Moosavi-Dezfooli et al., "DeepFool", 2016; algorithm 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.driver import run_attack
from percept_adv.attacks.engine.iterated import Iterated
from percept_adv.attacks.engine.queries import RivalsOracle
from percept_adv.attacks.engine.rule import check_positive
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.numerics.linearisation import step_to_boundary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Oracle
    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


@dataclass(frozen=True, kw_only=True)
class DeepFool(Iterated):
    """Step to the nearest linearised boundary until an image is behind it.

    Attributes
    ----------
    overshoot
        How much further than the sum of steps an image is proposed, relatively.
    candidates
        How many other classes are linearised in each step, each for one gradient.
    """

    iterations: int = 50
    overshoot: float = 0.02
    candidates: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(overshoot=self.overshoot, candidates=self.candidates)

    @property
    def oracle(self) -> Oracle:
        """Ask for the boundaries to the strongest other classes."""
        return RivalsOracle(self.candidates)

    def start(self, problem: Problem) -> State:
        """Begin at the original with a perturbation of 0."""
        begun = super().start(problem)
        zeros = namespace(problem.originals).zeros_like(problem.originals)
        return {**begun, "perturbation": zeros, "found": begun["iteration"] > 0}

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Add the step to the nearest boundary."""
        xp = namespace(step.images)
        perturbation = state["perturbation"] + step_to_boundary(problem, step)
        image = xp.clip(problem.originals + (1 + self.overshoot) * perturbation, 0, 1)
        return {
            "image": image,
            "perturbation": perturbation,
            "iteration": state["iteration"] + 1,
            "found": state["found"] | (step.gap < 0),
        }

    def finished(self, state: State) -> Array:
        """Return which images are behind a boundary, or out of steps."""
        return state["found"] | super().finished(state)


def deepfool(
    classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
) -> AttackResult:
    """Attack with DeepFool.

    Parameters
    ----------
    classifier, images, labels
        As for `percept_adv.attacks.attack`.
    **options
        The options of `percept_adv.attacks.attack`, and those of `DeepFool`.
    """
    return run_attack(DeepFool, classifier, images, labels, **options)
