"""Squeeze-and-excitation blocks said so that a runtime keeps its layout through them.

onnxruntime leaves the blocked layout of its convolutions for a mean over pixels and for a
product with a tensor of shape (N, C, 1, 1), and goes back after it. It stays in it for a
global average pooling, and for a product with the same numbers repeated over the pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from percept_adv.gradients.emitter import PREFIX

if TYPE_CHECKING:
    import onnx

    from percept_adv.gradients.facts import Facts

_POINTWISE = frozenset({"Sigmoid", "HardSigmoid", "Relu", "Tanh", "Clip"})


def keep_layout(graph: onnx.GraphProto, facts: Facts) -> None:
    """Rewrite means over pixels and gates of images in place."""
    producers = {name: node for node in graph.node for name in node.output}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "ReduceMean" and _averages_pixels(node, facts):
            node.op_type = "GlobalAveragePool"
            del node.input[1:], node.attribute[:]
        elif node.op_type == "Mul" and not node.domain:
            gate = _gate_of(node, facts)
            if gate is not None and _is_convolved(node.input[gate], producers):
                nodes.append(_spread(graph, facts, node, gate))
        nodes.append(node)
    if len(nodes) > len(graph.node):
        del graph.node[:]
        graph.node.extend(nodes)


def _averages_pixels(node: NodeProto, facts: Facts) -> bool:
    """Whether a node is the mean over the two spatial axes, kept with size 1."""
    fact = facts[node.input[0]]
    axes = facts[node.input[1]].value if len(node.input) > 1 else None
    keeps = all(item.i == 1 for item in node.attribute if item.name == "keepdims")
    if fact.elem_type != TensorProto.FLOAT or len(fact.shape or ()) != 4 or axes is None:
        return False
    return keeps and sorted(int(axis) % 4 for axis in axes.ravel()) == [2, 3]


def _gate_of(node: NodeProto, facts: Facts) -> int | None:
    """Return which factor is one number for each channel of an image of fixed size."""
    dims = facts.dimensions(node.output[0])
    if facts[node.output[0]].elem_type != TensorProto.FLOAT or dims is None or len(dims) != 4:
        return None
    if not all(isinstance(size, int) for size in dims[1:]) or dims[2:] == (1, 1):
        return None
    first, second = (facts.dimensions(name) for name in node.input)
    if second == dims and first == (*dims[:2], 1, 1):
        return 0
    return 1 if first == dims and second == (*dims[:2], 1, 1) else None


def _is_convolved(name: str, producers: dict[str, NodeProto]) -> bool:
    """Whether a convolution gives a tensor, activation functions aside."""
    node = producers.get(name)
    while node is not None and node.op_type in _POINTWISE:
        node = producers.get(node.input[0])
    return node is not None and node.op_type == "Conv"


def _spread(graph: onnx.GraphProto, facts: Facts, node: NodeProto, gate: int) -> NodeProto:
    """Make a product take its gate repeated over the pixels, and return the node that does."""
    dims = facts.dimensions(node.output[0]) or ()
    name = f"{PREFIX}spread/{node.output[0]}"
    scales = numpy_helper.from_array(
        np.array([1, 1, *dims[2:]], np.float32), f"{PREFIX}scales/{node.output[0]}"
    )
    spread = helper.make_node(
        "Resize",
        [node.input[gate], "", scales.name],
        [name],
        name,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    graph.initializer.append(scales)
    graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    facts.add_constant(scales.name, scales)
    facts.add_node(spread)
    node.input[gate] = name
    return spread
