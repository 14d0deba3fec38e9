"""Explanations as ONNX graphs: a map beside the model's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ParameterError
from percept_adv.explanation.methods import METHODS, check_count, check_noise
from percept_adv.explanation.repeated import Range, integrated_graph, smoothed_graph
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
    steps: int = 50,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
    values: Range | None = None,
) -> onnx.ModelProto:
    """Return a graph with the model's inputs and scores, and a map of the score of a class.

    Parameters
    ----------
    model
        A classifier; it is not changed.
    method
        ``"saliency"``, ``"smoothgrad"``, ``"integrated_gradients"`` or ``"grad_cam"``. The output
        ``explanation`` has the image input's shape, for ``"grad_cam"`` that of the feature map, (N,
        1, h, w). Gradients are by the model's input, in front of which a pipeline may divide by a
        standard deviation.
    input_name, output_name
        As for `percept_adv.build_gradient_graph`.
    layer
        The feature map of ``"grad_cam"``, by default the last one.
    steps
        Of ``"integrated_gradients"``.
    samples
        Of ``"smoothgrad"``: noisy copies of an image.
    noise
        Of ``"smoothgrad"``: standard deviation on [0, 1].
    seed
        Of ``"smoothgrad"``. The runtime draws the noise: the same for the same seed in a new
        session, but not that of `percept_adv.explanation.smoothgrad`.
    values
        What the model's input holds for black and white, by default 0 and 1: where integrated
        gradients begin, and what noise is measured in and cut off at.

    Returns
    -------
    ModelProto
        An input ``label`` (N,), int64, chooses the class of each image.

    Raises
    ------
    ParameterError
        If there is no such method, a number is out of range, or the input holds integers where
        values between are needed.
    ModelError
        As ``build_gradient_graph``.

    Examples
    --------
    >>> from percept_adv.explanation import export_explanation
    >>> exported = export_explanation(model, "saliency")
    >>> [port.name for port in exported.graph.output]
    ['logits', 'loss', 'input_gradient', 'explanation']
    """
    if method not in METHODS:
        raise ParameterError(f"there is no method {method!r}: use one of {', '.join(METHODS)}")
    output = choose_output(model.graph, output_name).name
    logits = expose_logits(model, output_name=output)
    names: dict[str, Any] = {"input_name": input_name, "output_name": output}
    between = values or Range()
    if method == "integrated_gradients":
        check_count("steps", steps)
        return integrated_graph(logits, names, OUTPUT, steps=steps, values=between)
    if method == "smoothgrad":
        check_count("samples", samples)
        check_noise(noise)
        return smoothed_graph(
            logits, names, OUTPUT, samples=samples, noise=noise, seed=seed, values=between
        )
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
