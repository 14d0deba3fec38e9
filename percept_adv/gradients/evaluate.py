"""Evaluation of the small nodes that compute shapes, indices and amounts of padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.generic]

LARGEST_FOLDED = 1 << 14
"""Elements of the largest tensor whose value is kept."""

_RANDOM = frozenset(
    {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial"}
    | {"Bernoulli"}
)


def evaluate_node(
    node: onnx.NodeProto,
    values: dict[str, Array | None],
    shapes: dict[str, tuple[int, ...] | None],
    opsets: dict[str, int],
) -> list[Array] | None:
    """Return the outputs of a node that only depends on known small values.

    Parameters
    ----------
    node : NodeProto
    values : dict
        The known values of its inputs, None where unknown.
    shapes : dict
        The known shapes of its inputs, None where unknown.
    opsets : dict
        Domain to version.

    Returns
    -------
    list of ndarray or None
        None if the node cannot be evaluated before it runs.
    """
    if node.domain not in {"", "ai.onnx"}:
        return None
    if node.op_type in {"Shape", "Size"}:
        return _shape_or_size(node, shapes[node.input[0]])
    if node.op_type in _RANDOM or any(
        attribute.type in {onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS}
        for attribute in node.attribute
    ):
        return None
    if any(value is None for value in values.values()):
        return None
    return _reference(node, values, opsets)


def _shape_or_size(node: onnx.NodeProto, shape: tuple[int, ...] | None) -> list[Array] | None:
    if shape is None:
        return None
    if node.op_type == "Size":
        return [np.array(np.prod(shape, dtype=np.int64))]
    limits = {attribute.name: attribute.i for attribute in node.attribute}
    return [np.array(shape[limits.get("start", 0) : limits.get("end")], np.int64)]


def _reference(
    node: onnx.NodeProto, values: dict[str, Array | None], opsets: dict[str, int]
) -> list[Array] | None:
    """Run one node in onnx's reference evaluator; None where that fails or is too large."""
    graph = helper.make_graph(
        [node],
        "constant",
        [onnx.ValueInfoProto(name=name) for name in values],
        [onnx.ValueInfoProto(name=name) for name in node.output if name],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opsets.get("", opsets.get("ai.onnx", 1)))]
    )
    try:
        found = ReferenceEvaluator(model).run(None, values)
    except Exception:  # noqa: BLE001 - whatever fails here is simply not a known constant
        return None
    arrays = dict(zip((name for name in node.output if name), found, strict=True))
    results = [np.asarray(arrays.get(name, np.zeros(0))) for name in node.output]
    return results if sum(array.size for array in results) <= LARGEST_FOLDED else None
