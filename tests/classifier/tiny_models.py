"""Small classifiers in all the dress that deployed models wear."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 5
HEIGHT, WIDTH = 6, 7


def weights(seed: int = 0, channels: int = 3) -> np.ndarray:
    """Weights of a linear classifier for (H, W, C) images."""
    shape = (CLASSES, HEIGHT, WIDTH, channels)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def linear(
    *,
    layout: str = "NCHW",
    channels: int = 3,
    batch: int | str = "N",
    elem_type: int = TensorProto.FLOAT,
    ending: str | None = None,
    matrix: np.ndarray | None = None,
) -> onnx.ModelProto:
    """A linear classifier, optionally with Softmax or a hand-written softmax at its end."""
    matrix = weights(channels=channels) if matrix is None else matrix
    order = (0, 3, 1, 2) if layout == "NCHW" else (0, 1, 2, 3)
    flat = matrix.transpose(order).reshape(CLASSES, -1)
    size = [channels, HEIGHT, WIDTH] if layout == "NCHW" else [HEIGHT, WIDTH, channels]
    half = elem_type == TensorProto.FLOAT16
    scores = "scores" if ending else "logits"
    nodes = []
    inner = "input"
    if elem_type == TensorProto.UINT8:
        nodes.append(helper.make_node("Cast", [inner], ["floats"], to=TensorProto.FLOAT))
        inner = "floats"
    nodes.append(helper.make_node("Flatten", [inner], ["flat"]))
    nodes.append(helper.make_node("Gemm", ["flat", "w"], [scores], transB=1))
    if ending == "softmax":
        nodes.append(helper.make_node("Softmax", [scores], ["logits"], axis=1))
    if ending == "hidden softmax":
        nodes.append(helper.make_node("Exp", [scores], ["exp"]))
        nodes.append(helper.make_node("ReduceL1", ["exp"], ["sum"], axes=[1], keepdims=1))
        nodes.append(helper.make_node("Div", ["exp", "sum"], ["logits"]))
    output = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("input", elem_type, [batch, *size])],
        [helper.make_tensor_value_info("logits", output, [batch, CLASSES])],
        [numpy_helper.from_array(flat.astype(np.float16 if half else np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def save(model: onnx.ModelProto, folder) -> str:
    path = folder / "model.onnx"
    onnx.save(model, path)
    return str(path)
