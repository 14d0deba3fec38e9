"""Heads: ONNX nodes that make the scores of a decision from a model's logits.

They stand behind the deployed model's output to decide, and inside its gradient graph to steer:
one description for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOGITS = "percept_adv_logits"
"""Name of the input of a head that stands alone: (N, K)."""

SCORES = "percept_adv_scores"
"""Name of the output of every head."""


class Nodes:
    """Collects the nodes of a head, one name after the other."""

    def __init__(self, elem_type: int) -> None:
        self.elem_type = elem_type
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[Any]) -> str:
        """Store a constant, real numbers in the type of the logits, and return its name."""
        if value.dtype.kind == "f":
            value = value.astype(helper.tensor_dtype_to_np_dtype(self.elem_type))
        name = f"percept_adv_head_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"percept_adv_head_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name


class Head(Protocol):
    """What makes scores (N, K) from logits."""

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores.

        Parameters
        ----------
        nodes
            The graph that is written.
        logits
            Name of the tensor.

        Returns
        -------
        str
            Name of the scores.
        """


@dataclass(frozen=True, slots=True)
class TwoClasses:
    """Scores (N, 2) = [0, z - threshold] of one logit z: class 1 where it is above.

    Their softmax is the pair of probabilities that belongs to the shifted logit.
    """

    threshold: float = 0.0

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores."""
        shifted = nodes.op("Sub", logits, nodes.constant(np.array(self.threshold)))
        return _beside_zero(nodes, shifted)


@dataclass(frozen=True, slots=True)
class Shifted:
    """Scores z - threshold of several independent logits: a label is on where it is above."""

    threshold: float = 0.0

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores."""
        return nodes.op("Sub", logits, nodes.constant(np.array(self.threshold)))


@dataclass(frozen=True, slots=True, eq=False)
class CosineMatch:
    """Scores (N, 2) = [0, cos(e, reference) - threshold]: class 1 is a match."""

    reference: NDArray[np.float32]
    threshold: float

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores."""
        unit = self.reference / np.linalg.norm(self.reference)
        product = nodes.op("MatMul", logits, nodes.constant(unit[:, np.newaxis]))
        cosine = nodes.op("Div", product, _length(nodes, logits, len(unit)))
        return _beside_zero(
            nodes, nodes.op("Sub", cosine, nodes.constant(np.array(self.threshold)))
        )


@dataclass(frozen=True, slots=True, eq=False)
class DistanceMatch:
    """Scores (N, 2) = [0, threshold - ||e - reference||_2]: class 1 is a match."""

    reference: NDArray[np.float32]
    threshold: float

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores."""
        apart = nodes.op("Sub", logits, nodes.constant(self.reference[np.newaxis]))
        length = _length(nodes, apart, len(self.reference))
        below = nodes.op("Sub", nodes.constant(np.array(self.threshold)), length)
        return _beside_zero(nodes, below)


def _length(nodes: Nodes, rows: str, size: int) -> str:
    """Write the L2 norm (N, 1) of rows (N, size).

    As a product with ones: the reductions of ONNX take their axes differently from opset 18 on,
    and a head joins models of any. The tiny term keeps the gradient of a zero row finite.
    """
    square = nodes.op("Mul", rows, rows)
    total = nodes.op("MatMul", square, nodes.constant(np.ones((size, 1))))
    return nodes.op("Sqrt", nodes.op("Add", total, nodes.constant(np.array(1e-12))))


def _beside_zero(nodes: Nodes, score: str) -> str:
    return nodes.op("Concat", nodes.op("Mul", score, nodes.constant(np.array(0.0))), score, axis=1)


def attach_head(
    model: onnx.ModelProto, head: Head | None, logits: str, elem_type: int
) -> onnx.ModelProto:
    """Return a model whose only output, `SCORES`, holds the scores of a decision.

    ``logits`` is the tensor that they are made of; axes of length 1 behind the classes go.
    """
    attached = onnx.ModelProto()
    attached.CopyFrom(model)
    nodes = Nodes(elem_type)
    rows = nodes.op("Flatten", logits, axis=1)
    last = head.write(nodes, rows) if head else rows
    graph = attached.graph
    graph.node.extend([*nodes.nodes, helper.make_node("Identity", [last], [SCORES], SCORES)])
    graph.initializer.extend(nodes.constants)
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(SCORES, elem_type, ["N", "K"]))
    return attached


def head_model(head: Head, elem_type: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """Return a head as a model of its own, from `LOGITS` to `SCORES`."""
    nodes = Nodes(elem_type)
    nodes.nodes.append(helper.make_node("Identity", [head.write(nodes, LOGITS)], [SCORES]))
    graph = helper.make_graph(
        nodes.nodes,
        "decision",
        [helper.make_tensor_value_info(LOGITS, elem_type, [None, None])],
        [helper.make_tensor_value_info(SCORES, elem_type, [None, None])],
        nodes.constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
