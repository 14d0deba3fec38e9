"""Logits out of what a classifier gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def look_like_probabilities(outputs: NDArray[np.floating]) -> bool:
    """Return whether every row is a probability distribution."""
    inside = bool(np.all((outputs >= 0) & (outputs <= 1)))
    return inside and bool(np.allclose(outputs.sum(axis=1), 1, atol=1e-3))


def log_odds(probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return logits that belong to probabilities.

    Where the rows sum to 1, the logarithms: their differences are the log-odds between
    two classes. Otherwise (independent classes) log(p / (1 - p)) for each class.
    """
    tiny = np.finfo(np.float32).tiny
    logarithms: NDArray[np.floating] = np.log(np.maximum(probabilities, tiny))
    if look_like_probabilities(probabilities):
        return logarithms
    complement = np.maximum(1 - probabilities, np.finfo(np.float32).epsneg)
    return np.asarray(logarithms - np.log(complement))


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the confidences that belong to logits (N, K)."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
