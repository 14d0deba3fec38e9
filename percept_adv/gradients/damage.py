"""What is wrong with a model that no rule expects: one line instead of Python's traceback."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import onnx
from onnx import TensorProto

from percept_adv.errors import ModelFormatError
from percept_adv.gradients.opsets import NEWEST, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNEXPECTED = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


@contextmanager
def reading(node: onnx.NodeProto) -> Iterator[None]:
    """Turn any surprise at a node into a `ModelFormatError` that names the node.

    Attributes of another type than the operator's, ranks that do not fit, sizes that no memory
    holds: a sound model has none of them, and a damaged one any.
    """
    try:
        yield
    except _UNEXPECTED as error:
        named = node.name or (node.output[0] if node.output else "")
        raise ModelFormatError(
            f"node {named!r} ({node.domain or 'ai.onnx'}::{node.op_type}): its attributes, types "
            "or shapes do not fit the operator; the file may be damaged: export it again"
        ) from error


def check_outputs(node: onnx.NodeProto) -> None:
    """Refuse a Split into fewer parts than it names: onnx's inference would end the process.

    Raises
    ------
    ModelFormatError
        With both numbers.
    """
    parts = [item.i for item in node.attribute if item.name == "num_outputs"]
    if node.op_type == "Split" and parts and parts[0] < len(node.output):
        raise ModelFormatError(
            f"node {node.name or node.op_type!r} splits into {parts[0]} parts and has "
            f"{len(node.output)} outputs; the file may be damaged: export it again"
        )


def check_versions(model: onnx.ModelProto, label: str) -> None:
    """Refuse versions of operators, and of the format, that no installed library knows.

    Raises
    ------
    ModelFormatError
        With both versions.
    """
    newest = max(NEWEST, onnx.defs.onnx_opset_version())
    for what, version, known in (
        ("opset", version_of(model), newest),
        ("format (ir_version)", model.ir_version, int(onnx.IR_VERSION)),
    ):
        if version > known:
            raise ModelFormatError(
                f"{label}: its {what} is {version}, and {known} is the newest that is known here: "
                "export it again with an older one, or update onnx and onnxruntime"
            )


def check_names(graph: onnx.GraphProto, label: str) -> None:
    """Refuse names that are no text: what is not UTF-8 comes out of protobuf as bytes.

    Raises
    ------
    ModelFormatError
        With the first one.
    """
    names: list[object] = [graph.name, *(value.name for value in (*graph.input, *graph.output))]
    names += [tensor.name for tensor in graph.initializer]
    for node in graph.node:
        names += [node.op_type, node.domain, node.name, *node.input, *node.output]
    for name in names:
        if not isinstance(name, str):
            raise ModelFormatError(
                f"{label}: a name in the graph is no text ({name!r}); the file is damaged: export "
                "or download it again"
            )


def check_types(graph: onnx.GraphProto, label: str) -> None:
    """Refuse inputs, outputs, stored and cast tensors of a type that ONNX does not have.

    Raises
    ------
    ModelFormatError
        Naming the first one. A tensor may come without a type, but not with one that is none.
    """
    known = set(TensorProto.DataType.values())
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.HasField("tensor_type"):
            kinds.setdefault(value.name, value.type.tensor_type.elem_type)
    for node in graph.node:
        if node.op_type == "Cast" and not node.domain and node.output:
            to = next((item.i for item in node.attribute if item.name == "to"), 0)
            kinds[node.output[0]] = to
    for name, kind in kinds.items():
        if kind not in known or kind == TensorProto.UNDEFINED:
            raise ModelFormatError(
                f"{label}: the tensor {name!r} has the type {kind}, which ONNX does not have; the "
                "file is damaged, or newer than this program: export it again"
            )
