"""Outputs that are lists of maps from class to probability, and the tensors behind them.

ZipMap (ai.onnx.ml) makes them, by default in what skl2onnx and onnxmltools export. Nothing can
be differentiated there; the probabilities are its input.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

_MARK = "percept_adv.maps_left_out"


def had_maps(model: onnx.ModelProto) -> bool:
    """Whether a model that was read makes maps in its file."""
    return any(entry.key == _MARK for entry in model.metadata_props)


def without_maps(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model that gives the probabilities themselves under the same names.

    The same object if it makes no maps.
    """
    outputs = {value.name for value in model.graph.output}
    makers = {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if node.op_type == "ZipMap" and node.output and node.output[0] in outputs
    }
    if not makers:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for node in result.graph.node:
        if node.op_type == "ZipMap" and node.output[0] in makers:
            node.CopyFrom(helper.make_node("Identity", node.input[:1], node.output[:1], node.name))
    for value in result.graph.output:
        if value.name in makers:
            value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, None))
    result.metadata_props.add(key=_MARK, value=", ".join(sorted(makers)))
    return result
