"""Operators that look something up at an index: there is no gradient with respect to indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

_INDICES = {
    ("", "Gather"): 1,
    ("", "GatherElements"): 1,
    ("", "GatherND"): 1,
    ("", "OneHot"): 0,
}
"""Which input holds the indices."""


def is_lookup(node: onnx.NodeProto) -> bool:
    """Whether a node looks something up at an index."""
    return (node.domain.removeprefix("ai.onnx"), node.op_type) in _INDICES


def indices(node: onnx.NodeProto) -> set[str]:
    """Return the input of a lookup that holds its indices."""
    position = _INDICES[node.domain.removeprefix("ai.onnx"), node.op_type]
    return set(node.input[position : position + 1])


def data_inputs(node: onnx.NodeProto) -> set[str]:
    """Return the inputs of a lookup other than its indices."""
    return set(node.input) - indices(node)
