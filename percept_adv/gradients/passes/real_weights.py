"""Stored integers turned into real numbers by arithmetic instead of DequantizeLinear.

Runtimes keep a DequantizeLinear, so that integer operators can be made of it, and compute it
in every run; arithmetic on stored numbers they do once, when they load the graph. CUDA has no
DequantizeLinear of 32-bit integers at all. The backward pass reads what lies before each
QuantizeLinear, so no integer operator would be made of these convolutions either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from percept_adv.gradients.emitter import PREFIX
from percept_adv.gradients.registry import MICROSOFT

if TYPE_CHECKING:
    import onnx

    from percept_adv.gradients.facts import Facts

_INTEGERS = frozenset(
    {TensorProto.INT8, TensorProto.UINT8, TensorProto.INT16, TensorProto.UINT16, TensorProto.INT32}
)


def compute_weights(graph: onnx.GraphProto, facts: Facts) -> None:
    """Rewrite each DequantizeLinear of stored integers in place: (x - zero point) times scale."""
    inputs = {value.name for value in graph.input}
    stored = {tensor.name for tensor in graph.initializer} - inputs
    nodes: list[NodeProto] = []
    for node in graph.node:
        if stored.issuperset(filter(None, node.input)) and _is_plain(node, facts):
            nodes.extend(_arithmetic(graph, facts, node))
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _is_plain(node: NodeProto, facts: Facts) -> bool:
    """Whether a node is a DequantizeLinear with one scale, or one for each channel."""
    if node.op_type != "DequantizeLinear" or node.domain not in {"", MICROSOFT}:
        return False
    given = {item.name for item in node.attribute if item.name != "axis" and item.i}
    value, scale = facts[node.input[0]], facts[node.input[1]]
    known = value.shape is not None and scale.shape is not None and len(scale.shape) < 2
    plain = value.elem_type in _INTEGERS and scale.elem_type == TensorProto.FLOAT
    return known and plain and not given


def _arithmetic(graph: onnx.GraphProto, facts: Facts, node: NodeProto) -> list[NodeProto]:
    """Return the nodes that compute what a DequantizeLinear does."""
    result = node.output[0]
    nodes: list[NodeProto] = []

    def write(op_type: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"{PREFIX}real_{len(nodes)}/{result}"
        nodes.append(helper.make_node(op_type, inputs, [name], name, **attributes))
        return name

    def spread(name: str) -> str:
        """Give numbers of the channels the rank of the weights."""
        axes = _other_axes(node, facts)
        if not axes:
            return name
        stored = numpy_helper.from_array(np.array(axes, np.int64), f"{PREFIX}axes/{name}")
        if facts[stored.name].shape is None:
            graph.initializer.append(stored)
            facts.add_constant(stored.name, stored)
        return write("Unsqueeze", name, stored.name)

    value = write("Cast", node.input[0], to=TensorProto.FLOAT)
    if len(node.input) > 2 and node.input[2] and not _is_zero(facts, node.input[2]):
        zero = write("Cast", spread(node.input[2]), to=TensorProto.FLOAT)
        value = write("Sub", value, zero)
    write("Mul", value, spread(node.input[1]), output=result)
    return nodes


def _other_axes(node: NodeProto, facts: Facts) -> list[int]:
    """Return the axes of the weights along which the scale is the same; none for one scale."""
    rank, scale = len(facts[node.input[0]].shape or ()), facts[node.input[1]].shape
    if not scale or scale == (1,):
        return []
    axis = next((item.i for item in node.attribute if item.name == "axis"), 1) % rank
    return [other for other in range(rank) if other != axis]


def _is_zero(facts: Facts, name: str) -> bool:
    value = facts[name].value
    return value is not None and not value.any()
