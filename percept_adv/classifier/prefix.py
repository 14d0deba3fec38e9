"""The value steps of a pipeline as ONNX nodes, in front of a model or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import UnsupportedOperatorError
from percept_adv.pipeline.samples import SampleMap

if TYPE_CHECKING:
    from percept_adv.classifier.outputs import OutputKind
    from percept_adv.pipeline import Pipeline

IMAGE = "percept_adv_image"
"""Name of the image input of a model with its values prepared: (N, H, W, C) in [0, 1]."""

_INTEGERS = {TensorProto.UINT8, TensorProto.INT8}


def values_model(pipeline: Pipeline, value: onnx.ValueInfoProto) -> onnx.ModelProto:
    """Return a model that computes a classifier's input ``value`` from images in [0, 1].

    The images have the network's size.
    """
    elem_type = value.type.tensor_type.elem_type
    nodes, constants = _nodes(pipeline, value.name, elem_type)
    graph = helper.make_graph(
        nodes,
        "values",
        [_image_input(pipeline)],
        [helper.make_tensor_value_info(value.name, elem_type, None)],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def attach_values(model: onnx.ModelProto, pipeline: Pipeline, input_name: str) -> onnx.ModelProto:
    """Return the model with its values prepared, so that its input is an image in [0, 1].

    An input of integers becomes one of floats: the rounding in front of it would stop every
    gradient. That is possible where the model converts it before it calculates.

    Raises
    ------
    UnsupportedOperatorError
        If an operator calculates with an integer input.
    """
    attached = onnx.ModelProto()
    attached.CopyFrom(model)
    graph = attached.graph
    value = next(v for v in graph.input if v.name == input_name)
    elem_type = value.type.tensor_type.elem_type
    if elem_type in _INTEGERS:
        _take_real_numbers(graph, input_name)
        elem_type = TensorProto.FLOAT
    nodes, constants = _nodes(pipeline, input_name, elem_type)
    own = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *own])
    graph.initializer.extend(constants)
    others = [v for v in graph.input if v.name != input_name]
    del graph.input[:]
    image = _image_input(pipeline)
    batch = value.type.tensor_type.shape.dim[0]
    if batch.dim_value > 0:  # A model may hold its batch in other places too.
        image.type.tensor_type.shape.dim[0].CopyFrom(batch)
    graph.input.extend([image, *others])
    # What was inferred behind an integer input no longer holds.
    if elem_type != value.type.tensor_type.elem_type:
        del graph.value_info[:]
    return attached


def _nodes(
    pipeline: Pipeline, output: str, elem_type: int
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the nodes from the image to the model's input, and their constants."""
    prefix = "percept_adv_values_"
    samples = SampleMap.of(pipeline)
    constants = [
        numpy_helper.from_array(samples.mean.astype(np.float32), prefix + "mean"),
        numpy_helper.from_array(samples.std.astype(np.float32), prefix + "std"),
    ]
    steps: list[tuple[str, list[str], dict[str, Any]]] = []
    if not np.array_equal(samples.order, np.arange(len(samples.order))):
        order = numpy_helper.from_array(samples.order.astype(np.int64), prefix + "order")
        constants.append(order)
        steps.append(("Gather", [order.name], {"axis": 3}))
    steps.append(("Sub", [prefix + "mean"], {}))
    steps.append(("Div", [prefix + "std"], {}))
    if pipeline.layout == "NCHW":
        steps.append(("Transpose", [], {"perm": [0, 3, 1, 2]}))
    if pipeline.layout_step.flat:
        steps.append(("Flatten", [], {"axis": 1}))
    if elem_type in _INTEGERS:
        steps.append(("Round", [], {}))
    if elem_type != TensorProto.FLOAT:
        steps.append(("Cast", [], {"to": elem_type}))
    names = [IMAGE, *(f"{prefix}{i}" for i in range(len(steps) - 1)), output]
    nodes = [
        helper.make_node(
            kind, [names[i], *extra], [names[i + 1]], f"{prefix}{kind}_{i}", **attributes
        )
        for i, (kind, extra, attributes) in enumerate(steps)
    ]
    return nodes, constants


def _image_input(pipeline: Pipeline) -> onnx.ValueInfoProto:
    height, width = pipeline.size
    shape = ["N", height or "H", width or "W", pipeline.channels]
    return helper.make_tensor_value_info(IMAGE, TensorProto.FLOAT, shape)


_MOVING = frozenset(
    {"Concat", "Expand", "Flatten", "Gather", "Identity", "Pad", "Reshape", "Slice", "Split"}
    | {"Squeeze", "Tile", "Transpose", "Unsqueeze"}
)
"""Operators that take real numbers where they took integers, and only move them."""


def _take_real_numbers(graph: onnx.GraphProto, name: str) -> None:
    """Make the nodes behind an integer input take floats, in place.

    Those that move elements do so with any type, Cast ends there, and DequantizeLinear becomes
    the difference and product that it is.
    """
    floats, nodes = {name}, []
    for node in graph.node:
        if floats.isdisjoint(node.input):
            nodes.append(node)
        elif node.op_type == "DequantizeLinear" and node.input[0] in floats:
            nodes += _dequantized(node)
        elif node.op_type in _MOVING and not node.domain:
            floats.update(node.output)
            nodes.append(node)
        elif node.op_type == "Cast":
            nodes.append(node)
        else:
            raise UnsupportedOperatorError(
                f"the integer input {name!r} goes into {node.op_type} (node {node.name!r}) without "
                "a Cast to floats: export the model with a float input"
            )
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)


def _dequantized(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Return (x - zero point) * scale for a DequantizeLinear of floats."""
    source, scale, output = node.input[0], node.input[1], node.output[0]
    nodes = []
    if len(node.input) > 2 and node.input[2]:
        zero, centred = f"{output}/zero_point", f"{output}/centred"
        nodes.append(helper.make_node("Cast", [node.input[2]], [zero], zero, to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Sub", [source, zero], [centred], centred))
        source = centred
    return [*nodes, helper.make_node("Mul", [source, scale], [output], node.name or output)]


def append_logits(
    model: onnx.ModelProto, output_name: str, kind: OutputKind, elem_type: int
) -> onnx.ModelProto:
    """Return the model with logits in place of the probabilities of an output.

    See `percept_adv.classifier.outputs.to_logits`, which does the same to values.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    inner = "percept_adv_probabilities"
    for node in result.graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == output_name:
                    names[i] = inner
    if kind == "softmax":
        nodes = [helper.make_node("Log", [inner], [output_name], "percept_adv_logarithm")]
    else:
        one = numpy_helper.from_array(
            np.ones((), helper.tensor_dtype_to_np_dtype(elem_type)), "percept_adv_one"
        )
        result.graph.initializer.append(one)
        nodes = [
            helper.make_node("Sub", [one.name, inner], ["percept_adv_rest"], "percept_adv_rest"),
            helper.make_node(
                "Div", [inner, "percept_adv_rest"], ["percept_adv_odds"], "percept_adv_odds"
            ),
            helper.make_node("Log", ["percept_adv_odds"], [output_name], "percept_adv_logarithm"),
        ]
    result.graph.node.extend(nodes)
    return result
