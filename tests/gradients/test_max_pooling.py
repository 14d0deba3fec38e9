"""MaxPool's gradient: the first of tied elements has it all, whatever the windows."""

import itertools

import numpy as np
import onnx
import pytest
from derivative import check_gradient, make_model, session
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.errors import ModelError
from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(8)
STACK = ["r = Relu(x)", "y = MaxPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>(r)"]


def run(graph, x, cotangent):
    return session(graph).run(["input_gradient"], {"x": x, "cotangent": cotangent})[0]


@st.composite
def poolings(draw):
    rank = draw(st.integers(1, 3))
    axes = range(rank)
    kernel = [draw(st.integers(1, 4)) for _ in axes]
    strides = [draw(st.integers(1, 4)) for _ in axes]
    dilations = [draw(st.integers(1, 2)) for _ in axes]
    pads = [draw(st.integers(0, taps - 1)) for taps in [*kernel, *kernel]]
    extent = [(taps - 1) * dilation for taps, dilation in zip(kernel, dilations, strict=True)]
    sizes = [draw(st.integers(extent[axis] + 1, extent[axis] + 6)) for axis in axes]
    geometry = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads}
    return sizes, geometry, draw(st.integers(0, 1))


def winners(x, y_shape, geometry):
    """Yield the position of each window's first largest element, window by window."""
    rank = len(geometry["kernel_shape"])
    for index in np.ndindex(*y_shape):
        taps = itertools.product(*(range(taps) for taps in geometry["kernel_shape"]))
        seen = []
        for tap in taps:
            place = tuple(
                index[2 + axis] * geometry["strides"][axis]
                + tap[axis] * geometry["dilations"][axis]
                - geometry["pads"][axis]
                for axis in range(rank)
            )
            if all(0 <= p < size for p, size in zip(place, x.shape[2:], strict=True)):
                seen.append((*index[:2], *place))
        yield index, max(seen, key=lambda place: x[place])


@settings(max_examples=60, deadline=None)
@given(pooling=poolings(), seed=st.integers(0, 2**32 - 1))
def test_the_first_of_tied_elements_has_the_gradient(pooling, seed):
    sizes, geometry, ceil_mode = pooling
    generator = np.random.default_rng(seed)
    x = generator.integers(-1, 2, (2, 3, *sizes)).astype(np.float32)
    attributes = ", ".join(f"{name}={values}" for name, values in geometry.items())
    node = f"y = MaxPool<{attributes}, ceil_mode={ceil_mode}>(x)"
    model = make_model([node], x.shape, {})
    y = session(model).run(None, {"x": x})[0]
    cotangent = generator.integers(1, 9, y.shape).astype(np.float32)
    expected = np.zeros_like(x)
    for index, place in winners(x, y.shape, geometry):
        expected[place] += cotangent[index]
    graph = build_gradient_graph(model)
    # Rounding up, onnx's inference may count a window that begins behind the tensor.
    graph.graph.input[1].type.tensor_type.ClearField("shape")
    np.testing.assert_array_equal(run(graph, x, cotangent), expected)


def test_a_relu_that_only_a_pooling_reads_comes_after_it():
    graph = build_gradient_graph(make_model(STACK, (2, 3, 9, 9), {}))
    onnx.checker.check_model(graph, full_check=True)
    forward = [node.op_type for node in graph.graph.node if node.op_type in {"Relu", "MaxPool"}]
    assert forward.index("MaxPool") < forward.index("Relu")
    x = GENERATOR.standard_normal((2, 3, 9, 9)).astype(np.float32)
    check_gradient(make_model(STACK, (2, 3, 9, 9), {}), {"x": x})


def test_a_relu_that_others_read_stays():
    nodes = [STACK[0], STACK[1].replace("y =", "m ="), "p = GlobalAveragePool(r)", "y = Add(m, p)"]
    model = make_model(nodes, (2, 3, 9, 9), {})
    forward = [n.op_type for n in build_gradient_graph(model).graph.node]
    assert forward.index("Relu") < forward.index("MaxPool")
    check_gradient(model, {"x": GENERATOR.standard_normal((2, 3, 9, 9)).astype(np.float32)})


def test_a_relu_that_is_an_output_stays():
    model = make_model(STACK, (2, 3, 9, 9), {})
    model.graph.output.append(onnx.helper.make_tensor_value_info("r", 1, ["N", 3, 9, 9]))
    graph = build_gradient_graph(model, output_name="y")
    x = GENERATOR.standard_normal((2, 3, 9, 9)).astype(np.float32)
    cotangent = np.ones((2, 3, 5, 5), np.float32)
    r, _ = session(graph).run(["r", "input_gradient"], {"x": x, "cotangent": cotangent})
    np.testing.assert_array_equal(r, np.maximum(x, 0))


def test_a_relu_that_a_branch_captures_stays():
    branch = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["r"], ["b"])],
        "branch",
        [],
        [onnx.helper.make_tensor_value_info("b", 1, None)],
    )
    model = make_model(STACK, (2, 3, 9, 9), {})
    model.graph.input.append(onnx.helper.make_tensor_value_info("c", 9, []))
    choice = onnx.helper.make_node("If", ["c"], ["s"], then_branch=branch, else_branch=branch)
    model.graph.node.append(choice)
    model.graph.output.append(onnx.helper.make_tensor_value_info("s", 1, None))
    graph = build_gradient_graph(model, input_name="x", output_name="y")
    x = GENERATOR.standard_normal((2, 3, 9, 9)).astype(np.float32)
    feeds = {"x": x, "c": np.array(True), "cotangent": np.ones((2, 3, 5, 5), np.float32)}
    s, _ = session(graph).run(["s", "input_gradient"], feeds)
    np.testing.assert_array_equal(s, np.maximum(x, 0))


def test_windows_that_do_not_fit_are_refused():
    node = "y = MaxPool<kernel_shape = [2, 7], strides = [2, 2], ceil_mode = 1>(x)"
    with pytest.raises(ModelError, match="no window holds an element"):
        build_gradient_graph(make_model([node], (1, 3, 6, 5), {}))
