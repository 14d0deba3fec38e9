"""Functions at the end of a classifier that only keep the order of its scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from percept_adv.gradients.heads import Unwinder
from percept_adv.gradients.opsets import version_of

if TYPE_CHECKING:
    import onnx

Inverse: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class IncreasingEnd:
    """Functions at the end of a model that only keep the order of its scores.

    Attributes
    ----------
    scores : str
        The tensor in front of them.
    inverses : tuple of callable
        What leads from the output back to the scores, in this order, where it can.
    """

    scores: str
    inverses: tuple[Inverse, ...]

    def undo(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return scores of outputs; where a function was flat, equal ones stay equal.

        Parameters
        ----------
        outputs
            (N, K).

        Returns
        -------
        ndarray
            (N, K), infinite where a function was flat at its end.
        """
        values = outputs.astype(np.float64)
        for inverse in self.inverses:
            values = inverse(values)
        undone: NDArray[Any] = values.astype(outputs.dtype)
        return undone


_EDGE = float(np.finfo(np.float32).epsneg)
"""How near to its limit a function in single precision comes before it is there."""


def _inside(low: float, high: float, values: NDArray[Any]) -> NDArray[Any]:
    """Keep values off the limits of a function by what single precision tells apart."""
    edge = _EDGE * (high - low)
    return np.asarray(np.clip(values, low + edge, high - edge))


_INVERSES: dict[str, Inverse] = {
    "Atan": lambda y: np.tan(_inside(-np.pi / 2, np.pi / 2, y)),
    "Sigmoid": lambda y: -np.log(1 / _inside(0, 1, y) - 1),
    "Softsign": lambda y: _inside(-1, 1, y) / (1 - np.abs(_inside(-1, 1, y))),
    "Tanh": lambda y: np.arctanh(_inside(-1, 1, y)),
    **dict.fromkeys(("Clip", "Round"), lambda y: y),
}


def increasing_end(model: onnx.ModelProto, output: str) -> IncreasingEnd | None:
    """Return the functions at the end of a model that only keep the order of its scores.

    Tanh, scaling by a positive number, an offset that all classes share and the like: the best
    score stays the best, while its gradient vanishes where the function is flat. None where
    none of them is flat anywhere.

    Parameters
    ----------
    model
        A classifier.
    output
        The output with the class scores.

    Returns
    -------
    IncreasingEnd or None
        The functions.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.gradients import increasing_end
    >>> flat = parser.parse_model('''<ir_version: 8, opset_import: ["" : 18]>
    ... g (float[N, 3] x) => (float[N, 3] y) { a = Relu (x) y = Tanh (a) }''')
    >>> increasing_end(flat, "y").scores
    'a'
    """
    unwinder = Unwinder(model.graph, version_of(model))
    producers = {name: node for node in model.graph.node for name in node.output}
    name, found = output, None
    inverses: list[Inverse] = []
    while (node := producers.get(name)) is not None and not node.domain:
        inverse = _INVERSES.get(node.op_type)
        if inverse is None:
            affine = _affine(unwinder, node)
            if affine is None:
                break
            name, inverse = affine
        else:
            name = str(node.input[0])
        inverses.append(inverse)
        if node.op_type in _INVERSES:
            found = IncreasingEnd(name, tuple(inverses))
    return found


def _affine(unwinder: Unwinder, node: onnx.NodeProto) -> tuple[str, Inverse] | None:
    """Return what a node scales by a positive number or shifts by one, and the inverse."""
    if node.op_type == "Identity":
        return str(node.input[0]), lambda y: y
    if node.op_type not in {"Mul", "Div", "Add", "Sub"}:
        return None
    for position in (1, 0) if node.op_type in {"Mul", "Add"} else (1,):
        found = unwinder.number(node.input[position])
        if found is not None and found.size == 1:
            inverse = _inverse_of(node.op_type, float(found.item()))
            return None if inverse is None else (str(node.input[1 - position]), inverse)
    return None


def _inverse_of(op_type: str, value: float) -> Inverse | None:
    """Return the inverse of an operation with a number; None where it does not increase."""
    if op_type in {"Mul", "Div"} and value <= 0:
        return None
    inverses: dict[str, Inverse] = {
        "Mul": lambda y: y / value,
        "Div": lambda y: y * value,
        "Add": lambda y: y - value,
        "Sub": lambda y: y + value,
    }
    return inverses[op_type]
