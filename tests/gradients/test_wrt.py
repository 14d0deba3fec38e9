"""Gradients with respect to inner tensors, and of one element of the output."""

import numpy as np
import pytest
from derivative import make_model, session

from percept_adv.errors import ModelError
from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(2)
W = GENERATOR.standard_normal((4, 3, 3, 3)).astype(np.float32)
HEAD = GENERATOR.standard_normal((4, 5)).astype(np.float32)
NODES = [
    "a = Conv(x, w)",
    "s = Sigmoid(a)",
    "b = Mul(a, s)",
    "r = Relu(b)",
    "m = MaxPool<kernel_shape=[2, 2], strides=[2, 2]>(r)",
    "g = GlobalAveragePool(m)",
    "f = Flatten(g)",
    "y = MatMul(f, v)",
]
SHAPE = (2, 3, 8, 8)
X = GENERATOR.standard_normal(SHAPE).astype(np.float32)


def model():
    return make_model(NODES, SHAPE, {"w": W, "v": HEAD})


def tail(first, shape):
    """Return the model from a tensor on, which is its input x."""
    names = [node.split(" = ")[0] for node in NODES]
    rest = [node.replace(f"({first})", "(x)") for node in NODES[names.index(first) + 1 :]]
    return make_model(rest, shape, {"v": HEAD})


@pytest.mark.parametrize("name", ["b", "r", "m", "g"])
def test_an_inner_gradient_is_that_of_the_rest_of_the_model(name):
    graph = build_gradient_graph(model(), wrt=[name])
    cotangent = GENERATOR.standard_normal((2, 5)).astype(np.float32)
    outputs = [name, f"{name}_gradient"]
    inner, gradient = session(graph).run(outputs, {"x": X, "cotangent": cotangent})
    rest = build_gradient_graph(tail(name, inner.shape))
    feeds = {"x": inner, "cotangent": cotangent}
    expected = session(rest).run(["input_gradient"], feeds)[0]
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)
    assert "input_gradient" not in {value.name for value in graph.graph.output}


def test_several_at_once_also_inside_a_function_of_several_nodes():
    graph = build_gradient_graph(model(), wrt=["s", "a", "x"], loss="score")
    feeds = {"x": X, "label": np.array([3, 1])}
    outputs = ["a", "s", "s_gradient", "a_gradient", "input_gradient"]
    a, s, by_s, by_a, by_x = session(graph).run(outputs, feeds)
    other = build_gradient_graph(model(), wrt=["b"], loss="score")
    b, by_b = session(other).run(["b", "b_gradient"], feeds)
    np.testing.assert_allclose(by_s, by_b * a, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(by_a, by_b * s * (1 + a - b), rtol=1e-4, atol=1e-6)
    plain = session(build_gradient_graph(model(), loss="score")).run(["input_gradient"], feeds)[0]
    np.testing.assert_allclose(by_x, plain, rtol=1e-4, atol=1e-6)


def test_the_score_is_the_chosen_element():
    graph = build_gradient_graph(model(), loss="score")
    label = np.array([4, 0])
    y, loss = session(graph).run(["y", "loss"], {"x": X, "label": label})
    np.testing.assert_array_equal(loss, y[[0, 1], label])


def test_a_tensor_that_is_not_there_or_not_on_the_way():
    with pytest.raises(ModelError, match="no tensor 'relu' to differentiate"):
        build_gradient_graph(model(), wrt=["relu"])
    with pytest.raises(ModelError, match="no derivative with respect to 'z'"):
        build_gradient_graph(make_model(["z = Exp(x)", "y = Neg(x)"], (2, 3), {}), wrt=["z"])
