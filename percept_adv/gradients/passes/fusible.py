"""Gelu said so that a runtime fuses it.

onnxruntime makes one operator, in half the time, of x (1 + erf(x / sqrt(2))) / 2 where the
half comes first or last. PyTorch's newer exporter writes x times the half of the rest.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from percept_adv.gradients.backward import captured_inputs
from percept_adv.gradients.patterns import TWICE_THE_SHARE, Matcher, Mismatch, Number, Product

if TYPE_CHECKING:
    import onnx

    from percept_adv.gradients.facts import Facts


def halve_last(graph: onnx.GraphProto, facts: Facts) -> None:
    """Turn x (0.5 a), where a is a sum with an erf of x, into 0.5 (x a), the same number."""
    producers = {name: node for node in graph.node for name in node.output}
    uses = Counter(name for node in graph.node for name in captured_inputs(node))
    uses.update(value.name for value in graph.output)
    matcher = Matcher(producers, facts)
    for outer in graph.node:
        if outer.op_type != "Mul" or outer.domain:
            continue
        for position, name in enumerate(outer.input):
            inner, operand = producers.get(name), outer.input[1 - position]
            if inner is None or inner.op_type != "Mul" or uses[name] > 1:
                continue
            found = matcher.match(_HALF_OF_THE_REST, name)
            if isinstance(found, Mismatch) or found["x"] != operand:
                continue
            half = next(item for item in inner.input if matcher.is_number(item, 0.5))
            rest = next(item for item in inner.input if item != half)
            inner.input[:] = [operand, rest]
            outer.input[:] = [name, half]
            break


_HALF_OF_THE_REST = Product(Number(0.5), TWICE_THE_SHARE)
