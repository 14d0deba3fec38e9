"""Explanations as ONNX graphs: a saliency map or Grad-CAM beside the model's own outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ParameterError
from percept_adv.gradients import build_gradient_graph, expose_logits
from percept_adv.gradients.feature_maps import feature_maps
from percept_adv.gradients.ports import choose_output

if TYPE_CHECKING:
    from percept_adv.explanation.methods import Method

OUTPUT = "explanation"


def export_explanation(
    model: onnx.ModelProto,
    method: Method,
    *,
    input_name: str | None = None,
    output_name: str | None = None,
    layer: str | None = None,
) -> onnx.ModelProto:
    """Return a graph with the model's inputs and outputs, and a map of the score of a class.

    Parameters
    ----------
    model
    method
        ``"saliency"``: the output ``explanation`` has the image input's shape. ``"grad_cam"``:
        (N, 1, h, w), the feature map's size. The others take many gradients of one image, which
        a caller makes with the graph of ``build_gradient_graph``.
    input_name, output_name
        As for `percept_adv.build_gradient_graph`.
    layer
        The feature map of ``"grad_cam"``, by default the last one.

    Returns
    -------
    ModelProto
        An input ``label`` (N,), int64, chooses the class of each image.

    Raises
    ------
    ParameterError
        If the method takes more than one gradient.
    ModelError
        As ``build_gradient_graph``.
    """
    if method not in {"saliency", "grad_cam"}:
        raise ParameterError(
            f"{method} takes many gradients of one image and is no graph of its own: export "
            "saliency or grad_cam"
        )
    output = choose_output(model.graph, output_name).name
    logits = expose_logits(model, output_name=output)
    names: dict[str, Any] = {"input_name": input_name, "output_name": output}
    if method == "saliency":
        graph = build_gradient_graph(logits, loss="score", **names)
        nodes = [helper.make_node("Abs", ["input_gradient"], [OUTPUT], OUTPUT)]
        return _with_map(graph, nodes, "input_gradient")
    maps = feature_maps(logits, **names)
    chosen = layer or (maps[-1] if maps else "")
    graph = build_gradient_graph(logits, loss="score", wrt=[chosen], **names)
    weights, weighted, total = (f"{OUTPUT}/{name}" for name in ("weights", "weighted", "sum"))
    axes = numpy_helper.from_array(np.array([1], np.int64), f"{OUTPUT}/channels")
    graph.graph.initializer.append(axes)
    nodes = [
        helper.make_node("GlobalAveragePool", [f"{chosen}_gradient"], [weights], weights),
        helper.make_node("Mul", [weights, chosen], [weighted], weighted),
        helper.make_node("ReduceSum", [weighted, axes.name], [total], total, keepdims=1),
        helper.make_node("Relu", [total], [OUTPUT], OUTPUT),
    ]
    return _with_map(graph, nodes, None)


def _with_map(
    model: onnx.ModelProto, nodes: list[onnx.NodeProto], like: str | None
) -> onnx.ModelProto:
    """Add nodes that end in the map, described as another output or as one channel."""
    graph = model.graph
    graph.node.extend(nodes)
    described = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", 1, "h", "w"])
    if like is not None:
        own = next(value for value in graph.output if value.name == like)
        described.CopyFrom(own)
        described.name = OUTPUT
    graph.output.append(described)
    return model
