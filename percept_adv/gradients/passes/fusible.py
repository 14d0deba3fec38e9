"""Gelu said so that a runtime fuses it.

onnxruntime makes one operator, in half the time, of x (1 + erf(x / sqrt(2))) / 2 where the
half comes first or last. PyTorch's newer exporter writes x times the half of the rest.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from percept_adv.gradients.backward import captured_inputs

if TYPE_CHECKING:
    import onnx

    from percept_adv.gradients.facts import Facts


def halve_last(graph: onnx.GraphProto, facts: Facts) -> None:
    """Turn x (0.5 a), where a is a sum with an erf of x, into 0.5 (x a), the same number."""
    producers = {name: node for node in graph.node for name in node.output}
    uses = Counter(name for node in graph.node for name in captured_inputs(node))
    uses.update(value.name for value in graph.output)
    for outer in graph.node:
        if outer.op_type != "Mul" or outer.domain:
            continue
        for position, name in enumerate(outer.input):
            inner, operand = producers.get(name), outer.input[1 - position]
            if inner is None or inner.op_type != "Mul" or uses[name] > 1:
                continue
            half = _position_of_half(inner, facts)
            if half is None or not _is_of(producers, inner.input[1 - half], operand):
                continue
            rest, constant = inner.input[1 - half], inner.input[half]
            inner.input[:] = [operand, rest]
            outer.input[:] = [name, constant]
            break


def _position_of_half(node: onnx.NodeProto, facts: Facts) -> int | None:
    """Return which factor is the number 0.5."""
    for position, name in enumerate(node.input):
        value = facts[name].value
        if value is not None and value.ndim == 0 and value.item() == 0.5:
            return position
    return None


def _is_of(producers: dict[str, onnx.NodeProto], name: str, operand: str) -> bool:
    """Whether a tensor is a sum with the erf of an operand times a number."""
    total = producers.get(name)
    if total is None or total.op_type != "Add":
        return False
    for term in total.input:
        error = producers.get(term)
        scaled = producers.get(error.input[0]) if error and error.op_type == "Erf" else None
        if scaled is not None and operand in scaled.input:
            return True
    return False
