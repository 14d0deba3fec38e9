"""Inlining: a model's own functions, and standard operators that are defined as functions."""

from __future__ import annotations

import onnx
from onnx import inliner

from percept_adv.errors import UnsupportedOperatorError
from percept_adv.gradients.opsets import all_nodes

AS_FUNCTIONS = frozenset({"Attention", "RotaryEmbedding"})
"""Standard operators whose rule is that of the function which defines them."""


def expand_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model without calls to functions; the same object if it has none."""
    if model.functions:
        model = inliner.inline_local_functions(_typed(model), convert_version=True)
    used = {node.op_type for node in all_nodes(model.graph) if node.domain in {"", "ai.onnx"}}
    wanted = [("", op_type) for op_type in sorted(used & AS_FUNCTIONS)]
    if wanted:
        typed = _typed(model)
        try:
            model = inliner.inline_selected_functions(
                typed, wanted, exclude=False, inline_schema_functions=True
            )
        except RuntimeError as error:
            operators = ", ".join(op_type for _, op_type in wanted)
            raise UnsupportedOperatorError(
                f"cannot differentiate nodes of {operators}: onnx cannot take them apart, as "
                "where an optional input before a given one is left out; export the model with "
                "the operators that they stand for"
            ) from error
    return model


def _typed(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with types inferred, which some function bodies depend on."""
    typed = onnx.shape_inference.infer_shapes(model, data_prop=True)
    known = {value.name for value in (*typed.graph.input, *typed.graph.value_info)}
    # The inliner looks for the types of stored tensors among those of the others.
    typed.graph.value_info.extend(
        onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        for tensor in typed.graph.initializer
        if tensor.name not in known
    )
    return typed
