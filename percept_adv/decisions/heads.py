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

    def __init__(self, source: str, elem_type: int) -> None:
        self.last = source
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
        self.last = name
        return name


class Head(Protocol):
    """Makes scores (N, K) from logits."""

    def write(self, nodes: Nodes, logits: str) -> str:
        """Write the nodes and return the name of the scores."""


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
        norm = nodes.op("ReduceL2", logits, axes=[1], keepdims=1)
        # An embedding of length 0 matches nothing.
        length = nodes.op("Max", norm, nodes.constant(np.array(1e-12)))
        cosine = nodes.op("Div", product, length)
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
        # The tiny term keeps the gradient finite at the reference itself.
        square = nodes.op("ReduceSumSquare", apart, axes=[1], keepdims=1)
        length = nodes.op("Sqrt", nodes.op("Add", square, nodes.constant(np.array(1e-12))))
        return _beside_zero(
            nodes, nodes.op("Sub", nodes.constant(np.array(self.threshold)), length)
        )


def _beside_zero(nodes: Nodes, score: str) -> str:
    return nodes.op("Concat", nodes.op("Mul", score, nodes.constant(np.array(0.0))), score, axis=1)


def head_model(head: Head, elem_type: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """Return a head as a model of its own, from `LOGITS` to `SCORES`."""
    nodes = Nodes(LOGITS, elem_type)
    nodes.nodes.append(helper.make_node("Identity", [head.write(nodes, LOGITS)], [SCORES]))
    graph = helper.make_graph(
        nodes.nodes,
        "decision",
        [helper.make_tensor_value_info(LOGITS, elem_type, [None, None])],
        [helper.make_tensor_value_info(SCORES, elem_type, [None, None])],
        nodes.constants,
    )
    # Opset 17: axes of reductions are attributes there, in every model that a head joins.
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
