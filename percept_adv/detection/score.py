"""What a score is: a number for one image and one model, and which end of it is unusual."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Score:
    """One score.

    Attributes
    ----------
    name, title
        For records, and for people.
    says
        One sentence: what it measures, and what evades it.
    unusual
        Which values attacked images tend to have: ``low`` or ``high`` ones.
    compute
        From a `Subject`.
    """

    name: str
    title: str
    says: str
    unusual: Literal["low", "high"]
    compute: Callable[[Subject], float]


@dataclass(frozen=True, eq=False)
class Subject:
    """An image and the model that answers about it; what several scores need is computed once.

    Attributes
    ----------
    target
        The classifier, taking images of this one's size.
    image
        ``(H, W, C)`` floats in [0, 1].
    """

    target: Classifier
    image: NDArray[np.float32]
    _never: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, np.bool_))

    @cached_property
    def scores(self) -> NDArray[np.float32]:
        """What the model says of the image, (1, K)."""
        return self.target.logits(self.image[np.newaxis])

    @cached_property
    def answer(self) -> NDArray[np.int64]:
        """The model's own decision about the image, one goal."""
        return self.target.decision.rule.predict(self.scores)

    @cached_property
    def gap(self) -> float:
        """How far the scores are from another decision."""
        return float(self.target.decision.rule.gap(self.scores, self.answer, self._never)[0])

    @cached_property
    def gradient(self) -> NDArray[np.float32]:
        """The derivative of the gap by the image, ``(H, W, C)``."""
        cotangent = self.target.decision.rule.cotangent(self.scores, self.answer, self._never)
        gradient: NDArray[np.float32] = self.target.gradient(self.image[np.newaxis], cotangent)[0]
        return gradient

    def confidence_change(self, changed: NDArray[Any]) -> float:
        """Return by how much the confidence in the answer differs for a changed image.

        Parameters
        ----------
        changed
            The changed image, (H, W, C) in [0, 1].

        Returns
        -------
        float
            -1 to 1.
        """
        rule = self.target.decision.rule
        before = rule.confidence(self.scores, self.answer)
        after = rule.confidence(self.target.logits(changed[np.newaxis]), self.answer)
        return float(abs(before[0] - after[0]))
