"""What one image may cost: the gradients of its walk, and those of mending its stored image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

_KEPT_BACK, _SHARE = 2, 20
"""A walk leaves so many gradients to mend with, but no more than one in so many."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many gradient evaluations an image may cost, all together.

    Attributes
    ----------
    total
        The most for one image, or None.
    cost
        The most of one step.
    kept_back
        Those that the walk leaves for what rounding to 8 bits breaks.
    """

    total: int | None
    cost: int
    kept_back: int = 0

    @classmethod
    def of(cls, attack: Attack, classifier: Classifier, total: int | None) -> Budget:
        """Return the budget of an attack.

        Raises
        ------
        ParameterError
            If it does not pay for one step.
        """
        cost = attack.oracle.cost(classifier)
        if total is None:
            return cls(None, cost)
        if total < cost:
            raise ParameterError(
                f"max_evaluations is {total}: one step of this attack takes {cost}"
            )
        # An image inside a given distortion seldom ends at its boundary: nothing to mend.
        kept = min(_KEPT_BACK, total // _SHARE, total - cost) if attack.minimises_distortion else 0
        return cls(total, cost, kept)

    def spent(self, evaluations: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which walks (B,) cannot pay for another step."""
        if self.total is None:
            return np.zeros(evaluations.shape, bool)
        return evaluations + self.cost + self.kept_back > self.total

    def repairs(self, evaluations: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many gradients (B,) are left to mend what is stored."""
        if self.total is None:
            return np.full(evaluations.shape, np.iinfo(np.int64).max)
        return self.total - evaluations
