"""Arithmetic on sizes is done when the graph is built; stored weights are real from the start."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from derivative import check_gradient, gradient_of, make_model, session

from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(11)


def real(*shape):
    return GENERATOR.standard_normal(shape).astype(np.float32)


def integers(*values):
    return np.array(values, np.int64)


def operators(graph):
    return Counter(node.op_type for node in graph.graph.node)


def kinds(graph):
    """Return operators that read or give int64, less those that only ask for a shape."""
    inferred = onnx.shape_inference.infer_shapes(graph, data_prop=True).graph
    whole = {v.name for v in inferred.value_info if v.type.tensor_type.elem_type == 7}
    return Counter(node.op_type for node in graph.graph.node if whole.intersection(node.output))


TOKENS = {
    "patches": real(8, 3, 4, 4) * 0.3,
    "token": real(1, 1, 8),
    "places": real(1, 5, 8),
    "weights": real(8, 24) * 0.3,
    "zero": np.array(0),
    "one": np.array(1),
    "two": np.array(2),
    "first": integers(0),
    "width": integers(8),
    "heads": integers(2),
    "minus": integers(-1),
    "token_size": integers(1, 8),
    "many": integers(5, 3, 2, 4),
}


def transformer(height=8, width=8):
    """Patches, a class token, places, one attention block: as torchvision's ViT is exported."""
    nodes = [
        "p = Conv<strides=[4,4]>(x, patches)",
        "s = Shape(p)",
        "n = Gather(s, zero)",
        "n1 = Unsqueeze(n, first)",
        "flat = Concat<axis=0>(n1, width, minus)",
        "r = Reshape(p, flat)",
        "t = Transpose<perm=[0,2,1]>(r)",
        "rows = Concat<axis=0>(n1, token_size)",
        "c = Expand(token, rows)",
        "a = Concat<axis=1>(c, t)",
        "b = Add(a, places)",
        "q = MatMul(b, weights)",
        "sizes = Concat<axis=0>(n1, many)",
        "u = Reshape(q, sizes)",
        "v = Transpose<perm=[2,0,3,1,4]>(u)",
        "k = Gather<axis=0>(v, zero)",
        "l = Gather<axis=0>(v, one)",
        "m = Gather<axis=0>(v, two)",
        "lt = Transpose<perm=[0,1,3,2]>(l)",
        "w = MatMul(k, lt)",
        "f = Softmax(w)",
        "o = MatMul(f, m)",
        "y = Gather<axis=2>(o, zero)",
    ]
    return make_model(nodes, (2, 3, height, width), TOKENS)


def with_batch(model, batch):
    """Fix the batch of the images: a guard against other ones is not needed then."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = batch
    return model


def test_a_reshape_that_follows_the_batch_has_a_stored_target():
    graph = build_gradient_graph(with_batch(transformer(), 3))
    assert kinds(graph)["Concat"] == 0
    targets = {node.input[1] for node in graph.graph.node if node.op_type == "Reshape"}
    assert targets <= {tensor.name for tensor in graph.graph.initializer}


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_any_batch_runs_after_its_sizes_were_stored(batch):
    model = transformer()
    check_gradient(model, {"x": real(batch, 3, 8, 8)})


def test_the_models_own_outputs_stay():
    model = transformer()
    model.graph.output.append(onnx.helper.make_tensor_value_info("sizes", 7, [5]))
    graph = build_gradient_graph(model, output_name="y")
    feeds = {"x": real(3, 3, 8, 8)}
    expected = session(model).run(["y", "sizes"], feeds)
    feeds["cotangent"] = np.ones_like(expected[0])
    for name, value in zip(["y", "sizes"], expected, strict=True):
        np.testing.assert_array_equal(session(graph).run([name], feeds)[0], value)


def test_sizes_that_follow_the_image_are_still_computed():
    constants = {"zero": integers(0), "two": integers(2), "minus": integers(-1)}
    nodes = [
        "s = Shape(x)",
        "n = Slice(s, zero, two)",
        "flat = Concat<axis=0>(n, minus)",
        "r = Reshape(x, flat)",
        "y = Mul(r, r)",
    ]
    model = make_model(nodes, (2, 3, 8, 8), constants)
    for axis, name in ((2, "H"), (3, "W")):
        dimension = model.graph.input[0].type.tensor_type.shape.dim[axis]
        dimension.Clear()
        dimension.dim_param = name
    node = next(n for n in build_gradient_graph(model).graph.node if n.output[0] == "r")
    assert node.input[1] == "flat"
    for height, width in ((3, 5), (8, 2)):
        check_gradient(model, {"x": real(2, 3, height, width)})


def test_elements_apart_are_put_back_by_stored_sizes():
    """Every second row, then column, and the batch in front, as Swin merges patches."""
    bounds = {"one": integers(1), "end": integers(2**31), "two": integers(2), "three": integers(3)}
    nodes = [
        "a = Slice(x, one, end, two, two)",
        "b = Slice(a, one, end, three, two)",
        "s = Shape(b)",
        "n = Slice(s, zero, one)",
        "sizes = Concat<axis=0>(n, minus, few)",
        "r = Reshape(b, sizes)",
        "q = Concat<axis=0>(n, minus, few)",
        "t = Reshape(r, q)",
        "y = Mul(t, r)",
    ]
    constants = bounds | {"zero": integers(0), "minus": integers(-1), "few": integers(4)}
    model = make_model(nodes, (2, 3, 8, 8), constants)
    check_gradient(model, {"x": real(3, 3, 8, 8)})
    graph = build_gradient_graph(with_batch(model, 3))
    onnx.checker.check_model(graph, full_check=True)
    assert not kinds(graph)


def test_a_stored_size_stays_a_scalar():
    constants = {
        "zero": np.array(0),
        "two": np.array(2),
        "first": integers(0),
        "wide": integers(24),
        "row": real(1, 24),
    }
    nodes = [
        "s = Shape(x)",
        "n = Gather(s, zero)",
        "h = Gather(s, two)",
        "count = Mul(n, h)",
        "rows = Unsqueeze(count, first)",
        "sizes = Concat<axis=0>(rows, wide)",
        "r = Reshape(x, sizes)",
        "e = Expand(row, sizes)",
        "y = Mul(r, e)",
    ]
    model = make_model(nodes, (2, 3, 8, 8), constants)
    stored = {tensor.name: tensor for tensor in build_gradient_graph(model).graph.initializer}
    assert list(stored["h"].dims) == []
    check_gradient(model, {"x": real(2, 3, 8, 8)})


def test_a_fixed_batch_leaves_no_arithmetic_on_sizes():
    model = transformer()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    graph = build_gradient_graph(model, loss="margin")
    assert set(kinds(graph)) <= {"ArgMax", "Unsqueeze"}  # The label's, and its rival's.


def test_windows_that_leave_a_rest_have_stored_sizes():
    weights = {"w": real(4, 3, 3, 3)}
    nodes = ["c = Conv<strides=[2,2], pads=[0,0,1,1]>(x, w)", "y = Tanh(c)"]
    model = make_model(nodes, (2, 3, 8, 8), weights)
    assert not kinds(build_gradient_graph(model))
    check_gradient(model, {"x": real(2, 3, 8, 8)})


def test_the_classes_are_numbered_when_the_graph_is_built():
    model = make_model(["f = Flatten(x)", "y = MatMul(f, w)"], (2, 3, 2, 2), {"w": real(12, 7)})
    graph = build_gradient_graph(model, loss="cross_entropy")
    assert "Range" not in operators(graph)
    stored = [onnx.numpy_helper.to_array(tensor) for tensor in graph.graph.initializer]
    assert any(np.array_equal(value, np.arange(7)) for value in stored)


@pytest.mark.parametrize(
    ("dtype", "scale", "zero"),
    [
        (np.int8, real(4) ** 2 + 0.01, None),
        (np.int8, real(4) ** 2 + 0.01, GENERATOR.integers(-9, 9, 4).astype(np.int8)),
        (np.uint8, np.float32(0.05), np.uint8(128)),
        (np.uint8, np.full(1, 0.05, np.float32), np.full(1, 128, np.uint8)),
        (np.int16, real(4) ** 2 / 100, np.zeros(4, np.int16)),
    ],
)
def test_stored_integers_are_computed_bit_by_bit_as_dequantize_linear_does(dtype, scale, zero):
    limits = np.iinfo(dtype)
    constants = {
        "w": GENERATOR.integers(limits.min, limits.max, (4, 3, 3, 3), dtype),
        "s": scale,
        "b": GENERATOR.integers(-(2**30), 2**30, 4, np.int32),
        "bs": real(4) ** 2 * 1e-9,
    }
    zeros = "" if zero is None else ", z"
    if zero is not None:
        constants["z"] = zero
    nodes = [
        f"real = DequantizeLinear<axis=0>(w, s{zeros})",
        "bias = DequantizeLinear<axis=0>(b, bs)",
        "c = Conv(x, real, bias)",
        "y = Tanh(c)",
    ]
    model = make_model(nodes, (2, 3, 5, 5), constants, opset=21)
    graph = build_gradient_graph(model, loss="cotangent")
    assert "DequantizeLinear" not in operators(graph)
    for name in ("real", "bias"):
        for each in (model, graph):
            each.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    x = real(2, 3, 5, 5)
    expected = session(model).run(["real", "bias", "y"], {"x": x})
    feeds = {"x": x, "cotangent": np.ones_like(expected[2])}
    found = session(graph).run(["real", "bias", "y"], feeds)
    for value, truth in zip(found[:2], expected[:2], strict=True):
        np.testing.assert_array_equal(value, truth)
    np.testing.assert_allclose(found[2], expected[2], atol=1e-4)


def test_conversions_of_the_image_and_blocks_of_weights_stay():
    constants = {
        "s": np.float32(0.1),
        "z": np.uint8(3),
        "w": GENERATOR.integers(-99, 99, (8, 4), np.int8),
        "ws": real(4, 4) ** 2 + 0.01,
    }
    nodes = [
        "q = QuantizeLinear(x, s, z)",
        "d = DequantizeLinear(q, s, z)",
        "real = DequantizeLinear<axis=0, block_size=2>(w, ws)",
        "y = Mul(d, real)",
    ]
    model = make_model(nodes, (3, 8, 4), constants, opset=21)
    graph = build_gradient_graph(model)
    assert operators(graph)["DequantizeLinear"] == 2
    x = 0.1 * np.arange(64, dtype=np.float32).reshape(2, 8, 4)
    cotangent = real(2, 8, 4)
    gradient, _ = gradient_of(model, {"x": x}, cotangent)
    weights = constants["w"] * np.repeat(constants["ws"], 2, axis=0)
    np.testing.assert_allclose(gradient, cotangent * weights, rtol=1e-5, atol=1e-5)


def test_weights_are_computed_once_when_a_session_loads_them(tmp_path):
    constants = {
        "w": GENERATOR.integers(-99, 99, (4, 3, 3, 3), np.int8),
        "s": real(4) ** 2 + 0.01,
        "z": GENERATOR.integers(-9, 9, 4).astype(np.int8),
    }
    nodes = ["real = DequantizeLinear<axis=0>(w, s, z)", "c = Conv(x, real)", "y = Tanh(c)"]
    graph = build_gradient_graph(make_model(nodes, (2, 3, 8, 8), constants))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"])
    found = operators(onnx.load(options.optimized_model_filepath))
    assert found.keys() <= {"Conv", "Tanh", "Mul", "Sub", "Identity"}
