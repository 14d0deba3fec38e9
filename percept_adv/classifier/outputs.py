"""Logits out of what a classifier gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.gradients import HeadKind

OutputKind = Literal["logits", "softmax", "sigmoid"]
"""Scores of any size; probabilities of one class among all; independent probabilities."""


def recognise_kind(outputs: NDArray[np.floating], head: HeadKind | None) -> OutputKind:
    """Return what outputs (N, K) are, by what the model makes them of or else by their values.

    Values tell only where their rows are distributions over several classes: any other numbers
    between 0 and 1 may be logits.
    """
    if head is not None:
        return head
    return "softmax" if _are_distributions(outputs) else "logits"


def _are_distributions(outputs: NDArray[np.floating]) -> bool:
    """Whether rows sum up to 1, or to 100 as per cent."""
    if outputs.shape[1] < 2 or not (outputs >= 0).all():
        return False
    totals = outputs.sum(axis=1)
    return any(bool(np.allclose(totals, whole, rtol=1e-3)) for whole in (1, 100))


def to_logits(outputs: NDArray[np.floating], kind: OutputKind) -> NDArray[np.floating]:
    """Return logits that belong to a model's outputs.

    Of a softmax the logarithms, whose differences are the log-odds between two classes; of
    sigmoids log(p / (1 - p)) for each label.
    """
    if kind == "logits":
        return outputs
    tiny = np.finfo(np.float32).tiny
    logarithms: NDArray[np.floating] = np.log(np.maximum(outputs, tiny))
    if kind == "softmax":
        return logarithms
    complement = np.maximum(1 - outputs, np.finfo(np.float32).epsneg)
    return np.asarray(logarithms - np.log(complement))


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the confidences that belong to logits (N, K).

    Parameters
    ----------
    logits
        (N, K).

    Returns
    -------
    ndarray
        (N, K); each row adds up to 1.

    Examples
    --------
    >>> from percept_adv.classifier import softmax
    >>> softmax(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
