"""How far images are from being adversarial, judged by logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def adversarial_gap(
    logits: NDArray[np.floating], labels: NDArray[np.integer], targeted: NDArray[np.bool_]
) -> NDArray[np.floating]:
    """Return y_t - max_{i != t} y_i (N,), the sign turned where targeted (eq. 3).

    Negative means adversarial. Where two logits tie, the class is the first of them, as
    for a deployed model's argmax; so a tie counts as adversarial if that class does.
    """
    rows = np.arange(len(logits))
    others = logits.astype(np.float64)
    own = others[rows, labels]
    others[rows, labels] = -np.inf
    gap = np.where(targeted, -1.0, 1.0) * (own - others.max(axis=1))
    adversarial = (logits.argmax(axis=1) == labels) == targeted
    tiny = np.finfo(np.float64).tiny
    signed: NDArray[np.floating] = np.where(
        adversarial, np.minimum(gap, -tiny), np.maximum(gap, 0.0)
    )
    return signed
