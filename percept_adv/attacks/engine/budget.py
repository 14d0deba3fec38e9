"""What one image may cost: the gradients of its walk, and those for its stored image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store


@dataclass(frozen=True, slots=True)
class Budget:
    """How many gradient evaluations an image may cost, all together.

    Attributes
    ----------
    total
        The most for one image, or None.
    cost
        The most of one step.
    rounds
        The gradients for what is stored, where there is no ``total``.
    kept_back
        Those of ``total`` that the walk leaves for what is stored.
    """

    total: int | None
    cost: int
    rounds: int
    kept_back: int = 0

    @classmethod
    def of(
        cls,
        attack: Attack,
        classifier: Classifier,
        total: int | None,
        stores: Collection[Store] = (),
    ) -> Budget:
        """Return the budget of an attack whose images are stored in these files.

        Raises
        ------
        ParameterError
            If it does not pay for one step.
        """
        cost = attack.query.cost(classifier)
        if total is None:
            return cls(None, cost, attack.settling.rounds)
        if total < cost:
            raise ParameterError(
                f"max_evaluations is {total}: one step of this attack takes {cost}"
            )
        settling = attack.settling
        kept_back = max((settling.among(one).reserve(total) for one in stores), default=0)
        return cls(total, cost, settling.rounds, min(kept_back, total - cost))

    def spent(self, evaluations: Array) -> Array:
        """Return which walks (B,) cannot pay for another step."""
        if self.total is None:
            return namespace(evaluations).zeros_like(evaluations) > 0
        return evaluations + self.cost + self.kept_back > self.total

    def left_to_store(self, evaluations: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many gradients (B,) are left for what is stored."""
        if self.total is None:
            return np.full(evaluations.shape, self.rounds)
        return self.total - evaluations
