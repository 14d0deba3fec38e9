"""Fewer passes over memory: what is fused, and what is put together at once."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from derivative import check_gradient, make_model

from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(3)
GELU = {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)}
ERF = ["d = Div(x, root)", "e = Erf(d)", "a = Add(e, one)"]
PARTS = {"i0": np.array(0), "i1": np.array(1), "i2": np.array(2)}


def real(*shape):
    return GENERATOR.standard_normal(shape).astype(np.float32)


def operators(graph):
    return Counter(node.op_type for node in graph.graph.node)


def optimised(graph, folder):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    onnxruntime.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"])
    return onnx.load(options.optimized_model_filepath)


@pytest.mark.parametrize(
    "ending",
    [
        ["m = Mul(half, a)", "y = Mul(x, m)"],
        ["m = Mul(a, half)", "y = Mul(m, x)"],
        ["m = Mul(x, a)", "y = Mul(m, half)"],
    ],
)
def test_the_forward_gelu_is_fused(ending, tmp_path):
    model = make_model([*ERF, *ending], (2, 5, 8), GELU)
    assert operators(optimised(build_gradient_graph(model), tmp_path))["Gelu"] == 1
    check_gradient(model, {"x": real(2, 5, 8)})


def test_a_half_of_what_is_used_elsewhere_stays():
    nodes = [*ERF, "m = Mul(half, a)", "t = Mul(x, m)", "y = Add(t, m)"]
    check_gradient(make_model(nodes, (2, 5, 8), GELU), {"x": real(2, 5, 8)})


def test_far_from_zero_a_gelu_has_the_slopes_of_relu():
    nodes = [*ERF, "m = Mul(x, a)", "y = Mul(m, half)"]
    graph = build_gradient_graph(make_model(nodes, (1, 4), GELU, batch=None))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    x = np.array([[-1e15, -30, 30, 1e15]], np.float32)
    feeds = {"x": x, "cotangent": np.ones_like(x)}
    np.testing.assert_array_equal(session.run(["input_gradient"], feeds)[0], [[0, 0, 1, 1]])


def test_parts_that_are_the_whole_are_put_side_by_side():
    nodes = [
        "q = Gather<axis=1>(x, i0)",
        "k = Gather<axis=1>(x, i1)",
        "v = Gather<axis=1>(x, i2)",
        "t = Mul(q, k)",
        "y = Mul(t, v)",
    ]
    model = make_model(nodes, (2, 3, 4), PARTS)
    found = operators(build_gradient_graph(model))
    assert (found["Concat"], found["Pad"], found["Add"]) == (1, 0, 0)
    check_gradient(model, {"x": real(2, 3, 4)})


@pytest.mark.parametrize("pair", [(0, 1), (0, 0), (1, 2), (0, 2)])
def test_parts_that_are_not_the_whole_are_added_up(pair):
    nodes = [f"q = Gather<axis=1>(x, i{pair[0]})", f"k = Gather<axis=1>(x, i{pair[1]})"]
    model = make_model([*nodes, "y = Mul(q, k)"], (2, 3, 4), PARTS)
    assert operators(build_gradient_graph(model))["Concat"] == 0
    check_gradient(model, {"x": real(2, 3, 4)})


def test_parts_beside_the_whole_tensor():
    nodes = [
        "a = Slice(x, from, middle, axis)",
        "b = Slice(x, middle, end, axis)",
        "c = Concat<axis=2>(b, a)",
        "y = Mul(c, x)",
    ]
    bounds = {
        name: np.array([value])
        for name, value in (("from", 0), ("middle", 3), ("end", 8), ("axis", 2))
    }
    model = make_model(nodes, (2, 3, 8), bounds)
    assert operators(build_gradient_graph(model))["Pad"] == 0
    check_gradient(model, {"x": real(2, 3, 8)})
