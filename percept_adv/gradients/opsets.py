"""The versions of the standard operators: a model's own, and the one the rules speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
from onnx import AttributeProto, TensorProto

if TYPE_CHECKING:
    from collections.abc import Iterator

LOWEST_DIALECT = 18
NEWEST = 28
"""Newest opset whose operators were looked through."""
_CEIL_MODE = 22  # Windows that start in the padding are left out from here on.
_GELU = 20  # First opset with a Gelu of its own.
_CHANGED_MEANING = frozenset({"GroupNormalization"})  # Rewritten in every version.
_FUSED_GELU = frozenset({"Gelu", "BiasGelu", "FastGelu"})
_NEW_TYPES = frozenset(
    value
    for name, value in TensorProto.DataType.items()
    if name.startswith(("FLOAT8", "INT4", "UINT4", "INT2", "UINT2", "FLOAT4", "BFLOAT16"))
)

_WIDE_TYPES = frozenset({TensorProto.INT16, TensorProto.UINT16})
"""Types that conversions to integers have from opset 21 on."""
_CONVERSIONS = frozenset({"QuantizeLinear", "DequantizeLinear"})


def version_of(model: onnx.ModelProto) -> int:
    """Return the version of the standard operators that a model is written in.

    Parameters
    ----------
    model
        Any model.

    Returns
    -------
    int
        Such as 17.

    Examples
    --------
    >>> from percept_adv.gradients import version_of
    >>> version_of(model)
    18
    """
    versions = [entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}]
    return max(versions, default=1)


def all_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """Yield a graph and the graphs inside it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from all_graphs(attribute.g)


def all_nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Yield the nodes of a graph and of the graphs inside it."""
    for part in all_graphs(graph):
        yield from part.node


def dialect_of(model: onnx.ModelProto) -> int:
    """Return the lowest opset from 18 on in which a model can be said unchanged.

    Low, because a GPU kernel registered for a version and later ones is often not found
    for later ones. Types that a version does not know keep the model's own version.
    """
    own = version_of(model)
    nodes = list(all_nodes(model.graph))
    fused = any(node.domain == "com.microsoft" and node.op_type in _FUSED_GELU for node in nodes)
    lowest = _GELU if fused else LOWEST_DIALECT
    if own <= lowest:
        return lowest
    if _uses_new_types(model, nodes):
        return own
    standard = [node for node in nodes if node.domain in {"", "ai.onnx"}]
    for version in range(lowest, own):
        if all(_can_be_said(node, version, own) for node in standard):
            return version
    return own


def _can_be_said(node: onnx.NodeProto, version: int, own: int) -> bool:
    """Whether a node of opset ``own`` means the same in an earlier opset."""
    if node.op_type in _CHANGED_MEANING or not onnx.defs.has(node.op_type, own):
        return True
    if not onnx.defs.has(node.op_type, version):
        return False
    if own >= _CEIL_MODE and version < _CEIL_MODE and _rounds_up_over_padding(node):
        return False
    schema = onnx.defs.get_schema(node.op_type, version)
    return (
        schema.min_input <= len(node.input) <= schema.max_input
        and len(node.output) <= schema.max_output
        and all(attribute.name in schema.attributes for attribute in node.attribute)
    )


def _rounds_up_over_padding(node: onnx.NodeProto) -> bool:
    """Whether a pooling node may have a last window that starts behind the image."""
    given = {
        attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute
    }
    if not given.get("ceil_mode", 0):
        return False
    kernel = given["kernel_shape"]
    strides = given.get("strides", [1] * len(kernel))
    apart = any(stride > size for stride, size in zip(strides, kernel, strict=True))
    return apart or any(given.get("pads", []))


def _uses_new_types(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> bool:
    """Whether a model holds tensors of types that opset 18 does not have everywhere."""
    types = {tensor.data_type for tensor in model.graph.initializer}
    types |= {value.type.tensor_type.elem_type for value in model.graph.input}
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in {"to", "dtype", "output_dtype"}:
                types.add(attribute.i)
            elif attribute.type == AttributeProto.TENSOR:
                types.add(attribute.t.data_type)
    converts = any(node.op_type in _CONVERSIONS and not node.domain for node in nodes)
    return bool(types & (_NEW_TYPES | _WIDE_TYPES if converts else _NEW_TYPES))
