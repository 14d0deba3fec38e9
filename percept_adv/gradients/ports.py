"""Which input is the image and which output the logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import TensorProto

from percept_adv.errors import AmbiguousModelError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx

_IMAGE_TYPES = frozenset(
    {
        TensorProto.FLOAT,
        TensorProto.DOUBLE,
        TensorProto.FLOAT16,
        TensorProto.BFLOAT16,
        TensorProto.UINT8,
        TensorProto.INT8,
    }
)
_LOGIT_TYPES = _IMAGE_TYPES - {TensorProto.UINT8, TensorProto.INT8}


def choose_input(graph: onnx.GraphProto, name: str | None = None) -> onnx.ValueInfoProto:
    """Return the image input: the named one, or the only candidate.

    Candidates are inputs of real numbers or of 8-bit integers, with at least two
    dimensions if that leaves any; inputs with a stored default value do not count.

    Raises
    ------
    ModelError
        If there is no such input.
    AmbiguousModelError
        If there are several.
    """
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    if name is not None:
        return _named(inputs, name, "input")
    fitting = [value for value in inputs if value.type.tensor_type.elem_type in _IMAGE_TYPES]
    fitting = [value for value in fitting if _rank(value) not in {0, 1}] or fitting
    return _only(fitting, inputs, "input")


def choose_output(graph: onnx.GraphProto, name: str | None = None) -> onnx.ValueInfoProto:
    """Return the output with the logits: the named one, or the only candidate.

    Candidates are outputs of real numbers; where there are several, the ones of
    rank 2 are preferred.

    Raises
    ------
    ModelError
        If there is no such output.
    AmbiguousModelError
        If there are several.
    """
    outputs = list(graph.output)
    if name is not None:
        return _named(outputs, name, "output")
    fitting = [
        value
        for value in outputs
        if value.type.tensor_type.elem_type in _LOGIT_TYPES | {TensorProto.UNDEFINED}
    ]
    if len(fitting) > 1:
        fitting = [value for value in fitting if _rank(value) == 2] or fitting
    return _only(fitting, outputs, "output")


def _rank(value: onnx.ValueInfoProto) -> int | None:
    tensor = value.type.tensor_type
    return len(tensor.shape.dim) if tensor.HasField("shape") else None


def _names(values: Iterable[onnx.ValueInfoProto]) -> str:
    return ", ".join(repr(value.name) for value in values) or "none"


def _named(values: list[onnx.ValueInfoProto], name: str, kind: str) -> onnx.ValueInfoProto:
    for value in values:
        if value.name == name:
            return value
    raise ModelError(f"the model has no {kind} {name!r}; it has: {_names(values)}")


def _only(
    fitting: list[onnx.ValueInfoProto], values: list[onnx.ValueInfoProto], kind: str
) -> onnx.ValueInfoProto:
    if not fitting:
        raise ModelError(f"no {kind} of the model fits a classifier; it has: {_names(values)}")
    if len(fitting) > 1:
        raise AmbiguousModelError(
            f"the model has several {kind}s that fit: {_names(fitting)}; choose one by name"
        )
    return fitting[0]
