"""Gradient graphs stay in onnxruntime's blocked layout, and are right in it."""

import numpy as np
import onnx
import onnxruntime
import pytest
from derivative import check_gradient, gradient_of, make_model

from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(5)


def weights(*shape, generator=GENERATOR):
    return (generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


STEM = {"w0": weights(32, 3, 3, 3), "w1": weights(32, 32, 1, 1), "v": weights(32, 5)}
HEAD = ["p = GlobalAveragePool(last)", "f = Flatten(p)", "y = MatMul(f, v)"]
RESIDUAL = [
    "c = Conv<pads=[1,1,1,1]>(x, w0)",
    "r = Relu(c)",
    "d = Conv(r, w1)",
    "s = Add(d, r)",
    "last = Relu(s)",
    *HEAD,
]
SQUEEZED = [
    "c = Conv<pads=[1,1,1,1]>(x, w0)",
    "i = Sigmoid(c)",
    "r = Mul(c, i)",
    "m = ReduceMean<keepdims=1>(r, axes)",
    "e = Conv(m, w1)",
    "t = Sigmoid(e)",
    "q = Mul(t, r)",
    "last = Conv(q, w1)",
    *HEAD,
]
AXES = {"axes": np.array([2, 3])}
STRIDED = [
    "c = Conv<pads=[1,1,1,1]>(x, w0)",
    "b = BatchNormalization(c, scale, shift, mean, variance)",
    "r = Relu(b)",
    "d = Conv<strides=[2,2]>(r, w1)",
    "a = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1], count_include_pad=1>(d)",
    "last = Relu(a)",
    *HEAD,
]
JOINED = [
    "c = Conv<pads=[1,1,1,1]>(x, w0)",
    "r = Relu(c)",
    "d = Conv(r, w1)",
    "e = Relu(d)",
    "j = Concat<axis=1>(r, e)",
    "k = Concat<axis=1>(e, j)",
    "last = Conv(k, w2)",
    *HEAD,
]
NORMAL = {
    "scale": weights(32, 1)[:, 0],
    "shift": weights(32, 1)[:, 0],
    "mean": weights(32, 1)[:, 0],
    "variance": weights(32, 1)[:, 0] ** 2 + 0.5,
}
WIDE = {"w2": weights(32, 96, 1, 1, generator=np.random.default_rng(6))}
MODELS = [(RESIDUAL, {}), (SQUEEZED, AXES), (STRIDED, NORMAL), (JOINED, WIDE)]


@pytest.mark.parametrize(("nodes", "more"), MODELS)
def test_blocked_layout_gives_the_derivative(nodes, more):
    model = make_model(nodes, (2, 3, 8, 8), STEM | more)
    check_gradient(model, {"x": GENERATOR.standard_normal((2, 3, 8, 8)).astype(np.float32)})


@pytest.mark.parametrize(("nodes", "more", "most"), [(RESIDUAL, {}, 2), (SQUEEZED, AXES, 4)])
def test_activations_are_not_reordered_for_any_batch(nodes, more, most, tmp_path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    graph = build_gradient_graph(make_model(nodes, (2, 3, 8, 8), STEM | more))
    onnxruntime.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"])
    operators = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    if "ReorderOutput" not in operators:
        pytest.skip("this processor has no blocked layout")
    # The pooled logits, the gradient of the image, and numbers of a channel in between.
    assert operators.count("ReorderOutput") <= most


def test_joined_outputs_of_relu_are_masked_together():
    graph = build_gradient_graph(make_model(JOINED, (2, 3, 8, 8), STEM | WIDE)).graph
    masks = [node.input[0] for node in graph.node if node.op_type == "HardSigmoid"]
    # All of k at once, and what r and e are given by d besides.
    assert masks[0] == "k"
    assert len(masks) == 2


def test_masks_are_exact_next_to_the_bounds():
    six = np.float32(6)
    x = np.array([1e-29, -1e-29, np.nextafter(six, np.float32(7)), 5.999999, 3.0e38], np.float32)
    image = np.tile(x, (1, 2, 1, 1))
    bounds = {"lo": np.float32(0), "hi": six}
    model = make_model(["y = Clip(x, lo, hi)"], image.shape, bounds)
    gradient, _ = gradient_of(model, {"x": image}, np.ones_like(image))
    np.testing.assert_array_equal(gradient[0, 0, 0], [1, 0, 0, 1, 0])
    model = make_model(["y = Relu(x)"], image.shape, {})
    gradient, _ = gradient_of(model, {"x": image}, np.ones_like(image))
    np.testing.assert_array_equal(gradient[0, 0, 0], [1, 0, 1, 1, 1])
