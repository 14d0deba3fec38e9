"""What an attack is called with, whatever the attack: one value from the caller to the loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.engines import Engine
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store


@dataclass(frozen=True, slots=True, eq=False)
class AttackRequest:
    """Which images of which classifier are attacked, and within which limits.

    Its fields are the parameters of `percept_adv.attacks.attack`, which explains them. Nothing is
    checked before the attack begins.

    Examples
    --------
    >>> import percept_adv
    >>> from percept_adv.attacks import AttackRequest, attack_each, make_rule
    >>> images, classifier = np.full((1, 28, 28, 1), 0.5), percept_adv.Classifier("c4")
    >>> request = AttackRequest(classifier, images, np.array([3]), batch_size=4)
    >>> [outcome.index for outcome in attack_each(make_rule("ddn", iterations=5), request)]
    [0]
    """

    classifier: Classifier
    images: NDArray[Any]
    labels: NDArray[np.integer]
    _: KW_ONLY
    targets: NDArray[np.integer] | int | None = None
    mask: NDArray[Any] | None = None
    store: Store | Sequence[Store] | None = None
    batch_size: int = 8
    max_evaluations: int | None = None
    callback: Callback | None = None
    seed: int = 0
    engine: Engine = "auto"

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> AttackRequest:
        """Return the request of some images.

        Parameters
        ----------
        rows
            Positions of images.

        Returns
        -------
        AttackRequest
            Of these images, in this order.
        """
        several, store, mask = self.store, self.store, self.mask
        if isinstance(several, Sequence):
            store = [several[row] for row in rows]
        return replace(
            self,
            images=np.asarray(self.images)[rows],
            labels=_rows(self.labels, rows),
            targets=_rows(self.targets, rows),
            mask=mask if mask is None or np.ndim(mask) == 2 else _rows(mask, rows),
            store=store,
        )


def _rows(values: Any, rows: Sequence[int] | NDArray[np.integer]) -> Any:
    """Return rows of values; one value for all images, or none, is left as it is."""
    return np.asarray(values)[rows] if np.ndim(values) else values
