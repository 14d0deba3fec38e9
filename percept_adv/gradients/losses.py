"""Losses on logits, written as ONNX nodes together with their cotangents.

Every loss is a sum of one term for each image, so that the gradient with respect to
the batch holds each image's own gradient. Among tied best other classes the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from onnx import TensorProto

from percept_adv.errors import ParameterError
from percept_adv.gradients.naming import own_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.gradients.emitter import Emitter

GraphLoss = Literal["cotangent", "margin", "logit_difference", "cross_entropy", "score"]
LABEL = own_name("label")
MARGIN = own_name("margin")
LOGIT_SCALE = own_name("logit_scale")

_LOWEST = -3.0e38  # Below every logit, and finite in float32.


@dataclass(frozen=True)
class LossNodes:
    """Names of what a loss emitted.

    Attributes
    ----------
    value : str
        The loss of each image, shape (N,).
    cotangent : str
        Its gradient with respect to the logits, shape (N, K).
    """

    value: str
    cotangent: str


def check_loss(loss: str) -> None:
    """Raise ``ParameterError`` unless there is a loss of that name."""
    if loss not in get_args(GraphLoss):
        raise ParameterError(
            f"there is no loss {loss!r}; choose one of {', '.join(get_args(GraphLoss))}"
        )


def emit_loss(loss: str, emit: Emitter, logits: str, elem_type: int) -> LossNodes:
    """Emit a loss on logits of shape (N, K) and labels of shape (N,).

    Parameters
    ----------
    loss : str
        ``logit_difference``: y_t - max_{i != t} y_i; ``margin``: eq. 3 of Zhang et al.,
        "Smooth Adversarial Examples", EURASIP J. Inf. Security 2020,
        [y_t - max_{i != t} y_i + m]_+; ``cross_entropy``: -log softmax(y)_t;
        ``score``: y_t itself. Each of logits
        that are multiplied by the input `LOGIT_SCALE` first, an inverse temperature.
    emit : Emitter
    logits : str
    elem_type : int
        Element type of the logits, float or double.
    """
    builders: dict[str, Callable[[Emitter, str, str, int], LossNodes]] = {
        "logit_difference": _logit_difference,
        "margin": _margin,
        "cross_entropy": _cross_entropy,
        "score": _score,
    }
    scale = LOGIT_SCALE if elem_type == TensorProto.FLOAT else emit.cast(LOGIT_SCALE, elem_type)
    factor = emit.op("Unsqueeze", scale, emit.integers([1]))
    nodes = builders[loss](emit, emit.op("Mul", logits, factor), _classes(emit, logits), elem_type)
    return LossNodes(nodes.value, emit.op("Mul", nodes.cotangent, factor))


def _classes(emit: Emitter, logits: str) -> str:
    """Return the numbers of the classes, 0 to K - 1."""
    zero, one = (emit.constant(np.int64(value), TensorProto.INT64) for value in (0, 1))
    count = emit.op("Gather", emit.op("Shape", logits), one)
    return emit.op("Range", zero, count, one)


def _one_hot(emit: Emitter, chosen: str, classes: str, elem_type: int) -> tuple[str, str]:
    """Return where class indices of shape (N, 1) point to: a boolean mask and its 0/1 form."""
    mask = emit.op("Equal", chosen, classes)
    return mask, emit.cast(mask, elem_type)


def _at_label(emit: Emitter, logits: str, classes: str, elem_type: int) -> tuple[str, str, str]:
    """Return the label's mask, the same as 0/1, and y_t with shape (N, 1)."""
    label = emit.op("Unsqueeze", LABEL, emit.integers([1]))
    mask, chosen = _one_hot(emit, label, classes, elem_type)
    masked = emit.op("Where", mask, logits, emit.constant(0.0, elem_type))
    value = emit.op("ReduceSum", masked, emit.integers([1]), keepdims=1)
    return mask, chosen, value


def _logit_difference(emit: Emitter, logits: str, classes: str, elem_type: int) -> LossNodes:
    mask, chosen, value = _at_label(emit, logits, classes, elem_type)
    others = emit.op("Where", mask, emit.constant(_LOWEST, elem_type), logits)
    highest = emit.op("ReduceMax", others, emit.integers([1]), keepdims=1)
    rival = emit.op("ArgMax", others, axis=1, keepdims=1)
    _, rival_chosen = _one_hot(emit, rival, classes, elem_type)
    difference = emit.op("Sub", value, highest)
    return LossNodes(
        emit.op("Squeeze", difference, emit.integers([1])),
        emit.op("Sub", chosen, rival_chosen),
    )


def _margin(emit: Emitter, logits: str, classes: str, elem_type: int) -> LossNodes:
    """Gradient 0 where the hinge is 0, as PyTorch's Relu."""
    difference = _logit_difference(emit, logits, classes, elem_type)
    margin = MARGIN if elem_type == TensorProto.FLOAT else emit.cast(MARGIN, elem_type)
    value = emit.op("Relu", emit.op("Add", difference.value, margin))
    active = emit.cast(emit.op("Greater", value, emit.constant(0.0, elem_type)), elem_type)
    active = emit.op("Unsqueeze", active, emit.integers([1]))
    return LossNodes(value, emit.op("Mul", difference.cotangent, active))


def _cross_entropy(emit: Emitter, logits: str, classes: str, elem_type: int) -> LossNodes:
    logarithm = emit.op("LogSoftmax", logits, axis=1)
    _, chosen, value = _at_label(emit, logarithm, classes, elem_type)
    loss = emit.op("Neg", emit.op("Squeeze", value, emit.integers([1])))
    return LossNodes(loss, emit.op("Sub", emit.op("Exp", logarithm), chosen))


def _score(emit: Emitter, logits: str, classes: str, elem_type: int) -> LossNodes:
    _, chosen, value = _at_label(emit, logits, classes, elem_type)
    return LossNodes(emit.op("Squeeze", value, emit.integers([1])), chosen)
