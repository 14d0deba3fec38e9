"""The gradient graph as a whole: its interface, its losses, and models of many makes."""

import numpy as np
import onnx
import pytest
from derivative import check_gradient, gradient_of, make_model, session
from onnx import TensorProto, helper

from percept_adv.errors import (
    AmbiguousModelError,
    ModelError,
    ParameterError,
    UnsupportedOperatorError,
)
from percept_adv.gradients import build_gradient_graph, check_model, expose_logits

GENERATOR = np.random.default_rng(11)
W = GENERATOR.standard_normal((4, 3, 3, 3)).astype(np.float32)
HEAD = GENERATOR.standard_normal((4, 5)).astype(np.float32)
NODES = [
    "a = Conv(x, w)",
    "b = Relu(a)",
    "g = GlobalAveragePool(b)",
    "f = Flatten(g)",
    "y = MatMul(f, v)",
]


def classifier(**options):
    return make_model(NODES, (2, 3, 6, 6), {"w": W, "v": HEAD}, **options)


def images(count):
    return np.random.default_rng(2).standard_normal((count, 3, 6, 6)).astype(np.float32)


def names(values):
    return [value.name for value in values]


def test_cotangent_graph_has_the_promised_interface():
    model = classifier()
    before = model.SerializeToString()
    graph = build_gradient_graph(model).graph
    assert model.SerializeToString() == before
    assert names(graph.input) == ["x", "cotangent"]
    assert names(graph.output) == ["y", "input_gradient"]
    assert graph.output[1].type == graph.input[0].type == model.graph.input[0].type


def test_every_image_of_any_batch_has_its_own_gradient():
    runner = session(build_gradient_graph(classifier()))
    x, cotangent = images(5), GENERATOR.standard_normal((5, 5)).astype(np.float32)
    together = runner.run(["input_gradient"], {"x": x, "cotangent": cotangent})[0]
    for index in range(5):
        alone = {"x": x[index : index + 1], "cotangent": cotangent[index : index + 1]}
        apart = runner.run(["input_gradient"], alone)[0][0]
        np.testing.assert_allclose(together[index], apart, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", ["margin", "logit_difference", "cross_entropy"])
def test_loss_gradients_are_those_of_their_cotangents(loss):
    model = classifier()
    x, label = images(4), np.array([0, 3, 4, 1])
    y, value, gradient = session(build_gradient_graph(model, loss=loss)).run(
        None, {"x": x, "label": label}
    )
    rows = np.arange(4)
    others = y.copy()
    others[rows, label] = -np.inf
    rival = others.argmax(axis=1)
    cotangent = np.zeros_like(y)
    if loss == "cross_entropy":
        exponential = np.exp(y - y.max(axis=1, keepdims=True))
        cotangent = exponential / exponential.sum(axis=1, keepdims=True)
        expected = -np.log(cotangent[rows, label])
        cotangent[rows, label] -= 1
    else:
        expected = y[rows, label] - others.max(axis=1)
        cotangent[rows, label], cotangent[rows, rival] = 1, -1
        if loss == "margin":
            cotangent[expected <= 0] = 0
            expected = np.maximum(expected, 0)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        gradient, gradient_of(model, {"x": x}, cotangent)[0], rtol=1e-4, atol=1e-6
    )


def test_margin_is_an_optional_input():
    runner = session(build_gradient_graph(classifier(), loss="margin"))
    feeds = {"x": images(3), "label": np.array([0, 1, 2])}
    difference = session(build_gradient_graph(classifier(), loss="logit_difference"))
    plain = difference.run(["loss"], feeds)[0]
    shifted = runner.run(["loss"], feeds | {"margin": np.array(2, np.float32)})[0]
    np.testing.assert_allclose(shifted, np.maximum(plain + 2, 0), rtol=1e-5, atol=1e-6)


def test_logits_of_rank_four_are_flattened_for_losses():
    model = make_model(["a = Conv(x, w)", "y = GlobalAveragePool(a)"], (2, 3, 6, 6), {"w": W})
    feeds = {"x": images(2), "label": np.array([0, 1])}
    _, loss, gradient = session(build_gradient_graph(model, loss="cross_entropy")).run(None, feeds)
    assert loss.shape == (2,)
    assert gradient.shape == feeds["x"].shape


def test_unknown_loss_is_named():
    with pytest.raises(ParameterError, match="hinge"):
        build_gradient_graph(classifier(), loss="hinge")


def test_several_inputs_or_outputs_must_be_chosen():
    model = make_model(["y = Add(x, u)", "z = Mul(x, u)"], (2, 3), {}, batch="N")
    model.graph.input.append(helper.make_tensor_value_info("u", TensorProto.FLOAT, ["N", 3]))
    with pytest.raises(AmbiguousModelError, match="several inputs that fit: 'x', 'u'"):
        build_gradient_graph(model)
    model.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 3]))
    model.graph.output[0].CopyFrom(model.graph.output[1])
    model.graph.output[0].name = "y"
    with pytest.raises(AmbiguousModelError, match="several outputs"):
        build_gradient_graph(model, input_name="u")
    graph = build_gradient_graph(model, input_name="u", output_name="z")
    feeds = {name: GENERATOR.standard_normal((2, 3)).astype(np.float32) for name in "xu"}
    feeds["cotangent"] = np.ones((2, 3), np.float32)
    gradient = session(graph).run(["input_gradient"], feeds)[0]
    np.testing.assert_allclose(gradient, feeds["x"])
    with pytest.raises(ModelError, match="no input 'v'"):
        build_gradient_graph(model, input_name="v")


def test_stored_weights_and_integers_do_not_count_as_inputs():
    model = make_model(["y = Add(x, c)"], (2, 3), {"c": np.ones(3, np.float32)})
    model.graph.input.append(helper.make_tensor_value_info("c", TensorProto.FLOAT, [3]))
    model.graph.input.append(helper.make_tensor_value_info("n", TensorProto.INT64, [1]))
    assert names(build_gradient_graph(model).graph.input)[0] == "x"


def test_operator_without_a_rule_is_named_with_its_node():
    model = make_model(["a = Relu(x)", "b = Det(a)", "y = Exp(b)"], (2, 3, 3), {})
    model.graph.node[1].name = "middle"
    with pytest.raises(UnsupportedOperatorError, match=r"ai.onnx::Det \(opset 18\), node 'middle'"):
        build_gradient_graph(model)
    report = check_model(model)
    assert [(use.op_type, use.opset, use.node) for use in report.unsupported] == [
        ("Det", 18, "middle")
    ]
    assert not report.supported


def test_an_output_without_a_derivative_is_refused():
    model = make_model(["a = ArgMax<axis=1>(x)", "y = Cast<to=1>(a)"], (2, 3), {})
    with pytest.raises(ModelError, match="ArgMax"):
        build_gradient_graph(model)


def test_report_says_what_is_inside():
    report = check_model(classifier())
    assert report.supported
    assert report.operators["ai.onnx::Conv"] == 1
    assert (report.input.name, report.input.elem_type, report.layout) == ("x", "float32", "NCHW")
    assert report.output_kind == "logits"
    assert report.opset == 18


@pytest.mark.parametrize(
    "final", [["y = Softmax<axis=1>(z)"], ["p = Softmax(z)", "y = Identity(p)"], ["y = Sigmoid(z)"]]
)
def test_probabilities_are_told_and_taken_off(final):
    model = make_model([*NODES[:-1], "z = MatMul(f, v)", *final], (2, 3, 6, 6), {"w": W, "v": HEAD})
    assert check_model(model).output_kind == "probabilities"
    exposed = expose_logits(model)
    assert check_model(exposed).output_kind == "logits"
    np.testing.assert_allclose(
        session(exposed).run(["y"], {"x": images(2)})[0],
        session(classifier()).run(["y"], {"x": images(2)})[0],
        rtol=1e-5,
    )


def test_constant_branches_are_taken():
    yes = "then_branch = yes () => (float t) { t = Exp (a) }"
    no = "else_branch = no () => (float e) { e = Neg (a) }"
    model = make_model(
        [
            "s = Shape(x)",
            "r = Size(s)",
            "c = Equal(r, four)",
            "a = Sigmoid(x)",
            f"y = If <{yes}, {no}> (c)",
        ],
        (2, 3, 4, 4),
        {"four": np.array(4)},
    )
    check_gradient(model, {"x": GENERATOR.standard_normal((2, 3, 4, 4)).astype(np.float32)})


def test_functions_are_inlined():
    text = """
    <ir_version: 8, opset_import: ["" : 18, "own" : 1]>
    model (float[N, 6] x) => (float[N, 6] y) { a = own.twice (x)  y = Tanh (a) }
    <domain: "own", opset_import: ["" : 18]>
    twice (p) => (q) { e = Exp (p)  q = Add (e, p) }
    """
    model = onnx.parser.parse_model(text)
    check_gradient(model, {"x": GENERATOR.standard_normal((2, 6)).astype(np.float32)})


@pytest.mark.parametrize("causal", [0, 1])
def test_attention(causal):
    shape = (2, 3, 5, 4)
    model = make_model(
        [f"y = Attention<is_causal={causal}>(x, x, x)"], shape, {}, opset=23, batch=None
    )
    check_gradient(model, {"x": GENERATOR.standard_normal(shape).astype(np.float32)})


def test_shapes_computed_at_run_time():
    nodes = [
        "s = Shape(x)",
        "n = Gather(s, zero)",
        "u = Unsqueeze(n, axis)",
        "t = Concat<axis=0>(u, heads)",
        "a = Reshape(x, t)",
        "b = Transpose<perm=[0,2,1]>(a)",
        "m = MatMul(a, b)",
        "y = Softmax<axis=-1>(m)",
    ]
    constants = {"zero": np.array(0), "axis": np.array([0]), "heads": np.array([4, -1])}
    model = make_model(nodes, (3, 4, 5), constants)
    check_gradient(model, {"x": GENERATOR.standard_normal((3, 4, 5)).astype(np.float32)})


def test_a_batch_that_is_dynamic_in_name_only():
    nodes = ["f = Reshape(x, row)", "y = MatMul(f, w)"]
    weights = GENERATOR.standard_normal((12, 5)).astype(np.float32)
    model = make_model(nodes, (1, 3, 2, 2), {"row": np.array([1, 12]), "w": weights})
    check_gradient(model, {"x": GENERATOR.standard_normal((1, 3, 2, 2)).astype(np.float32)})


def test_image_size_may_be_dynamic():
    model = make_model(
        [
            "a = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w)",
            "b = Relu(a)",
            "c = MaxPool<kernel_shape=[3,3], strides=[2,2]>(b)",
            "d = AveragePool<kernel_shape=[2,2], pads=[1,1,1,1]>(c)",
            "e = ReduceMean(d, axes)",
            "y = Flatten(e)",
        ],
        (2, 3, 16, 13),
        {"w": W, "axes": np.array([2, 3])},
    )
    for axis, symbol in ((2, "H"), (3, "W")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = symbol
    check_gradient(model, {"x": GENERATOR.standard_normal((2, 3, 16, 13)).astype(np.float32)})


KINKS = [
    (["y = Relu(x)"], {}, [0.0], [0.0]),
    (["y = Abs(x)"], {}, [0.0], [0.0]),
    (["y = LeakyRelu<alpha=0.25>(x)"], {}, [0.0], [0.25]),
    (["y = Clip(x, lo, hi)"], {"lo": 0.0, "hi": 1.0}, [0.0, 1.0, 1.5], [1.0, 1.0, 0.0]),
    (["y = Clip(x, lo, hi)"], {"lo": 0.0, "hi": 6.0}, [0.0, 6.0, 3.0], [0.0, 0.0, 1.0]),
    (["y = HardSigmoid<alpha=0.25, beta=0.5>(x)"], {}, [-2.0, 2.0], [0.0, 0.0]),
    (["y = HardSwish(x)"], {}, [-3.0, 3.0], [0.0, 1.0]),
    (["y = Max(x, lo)"], {"lo": 0.0}, [0.0, 1.0], [0.5, 1.0]),
    (["y = ReduceMax<keepdims=1>(x)"], {}, [1.0, 1.0], [0.5, 0.5]),
]


@pytest.mark.parametrize(("nodes", "constants", "x", "expected"), KINKS)
def test_kinks_follow_pytorch(nodes, constants, x, expected):
    scalars = {name: np.float32(value) for name, value in constants.items()}
    model = make_model(nodes, (1, len(x)), scalars, batch=None)
    image = np.array([x], np.float32)
    shape = session(model).run(["y"], {"x": image})[0].shape
    gradient, _ = gradient_of(model, {"x": image}, np.ones(shape, np.float32))
    np.testing.assert_allclose(gradient, [expected], atol=1e-6)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2), (1, 3)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize("pads", [(0, 0), (0, 1)])
def test_max_pool_gives_ties_to_the_first(kernel, strides, pads):
    begin = tuple(min(pad, size - 1) for pad, size in zip(pads, kernel, strict=True))
    node = f"y = MaxPool<kernel_shape={list(kernel)}, strides={list(strides)}, "
    model = make_model([f"{node} pads={[*begin, *begin]}>(x)"], (2, 1, 7, 8), {})
    # Zeros among them, which padding must not win against.
    x = np.random.default_rng(0).integers(-2, 1, (2, 1, 7, 8)).astype(np.float32)
    cotangent = np.random.default_rng(1).standard_normal(
        session(model).run(None, {"x": x})[0].shape
    )
    expected = np.zeros(x.shape)
    for window in np.ndindex(cotangent.shape):
        taps = [
            (*window[:2], *np.array(window[2:]) * strides + tap - np.array(begin))
            for tap in np.ndindex(kernel)
        ]
        inside = [tap for tap in taps if 0 <= tap[2] < 7 and 0 <= tap[3] < 8]
        expected[max(inside, key=lambda tap: x[tap])] += cotangent[window]
    gradient, _ = gradient_of(model, {"x": x}, cotangent.astype(np.float32))
    np.testing.assert_allclose(gradient, expected, atol=1e-5)


def test_inner_names_of_the_graph_give_way():
    model = make_model(["loss = Relu(x)", "label = Exp(loss)", "y = Neg(label)"], (2, 3), {})
    graph = build_gradient_graph(model, loss="logit_difference")
    names = [value.name for value in graph.graph.input]
    assert names == ["x", "label", "logit_scale"]
    check_gradient(model, {"x": np.ones((2, 3), np.float32)})


def test_names_of_outputs_stay_and_the_graphs_own_give_way():
    """As logits and label are exported together."""
    model = make_model(["y = Exp(x)", "label = ArgMax<axis=1, keepdims=0>(y)"], (2, 3), {})
    model.graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]))
    graph = build_gradient_graph(model, loss="logit_difference", output_name="y")
    assert [value.name for value in graph.graph.input] == ["x", "label_", "logit_scale"]
    assert [value.name for value in graph.graph.output] == ["y", "label", "loss", "input_gradient"]
    x = np.array([[1, 2, 0.5]], np.float32)
    feeds = {"x": x, "label_": np.array([1])}
    label, gradient = session(graph).run(["label", "input_gradient"], feeds)
    assert label.tolist() == [1]
    np.testing.assert_allclose(gradient, [[-np.exp(1), np.exp(2), 0]], rtol=1e-5)


def test_a_graph_with_a_gradient_is_a_model_too():
    graph = build_gradient_graph(make_model(["y = Exp(x)"], (2, 3), {}))
    again = build_gradient_graph(graph, input_name="x", output_name="y")
    assert {"input_gradient", "input_gradient_"} <= {value.name for value in again.graph.output}


@pytest.mark.parametrize("loss", ["margin", "logit_difference", "cross_entropy"])
def test_losses_of_one_score_are_refused(loss):
    model = make_model(["y = ReduceMean(x, a)"], (2, 3), {"a": np.array([1])})
    with pytest.raises(ModelError, match="one number for each image"):
        build_gradient_graph(model, loss=loss)


def test_check_and_build_judge_alike():
    """A rule that cannot do with this very node."""
    model = make_model(
        ['y = Resize<mode="linear", keep_aspect_ratio_policy="not_larger">(x, , , s)'],
        (1, 1, 4, 4),
        {"s": np.array([1, 1, 8, 6])},
    )
    report = check_model(model)
    assert not report.supported
    assert "keep_aspect_ratio_policy" in report.refusal


@pytest.mark.parametrize(
    ("front", "elem_type"),
    [
        (["i = Add(x, two)", "e = Gather(table, i)"], TensorProto.INT64),
        (["e = Gather(table, x)"], TensorProto.INT64),
        (["c = Cast<to = 7>(x)", "i = Add(c, two)", "e = Gather(table, i)"], TensorProto.UINT8),
    ],
)
def test_an_input_that_is_looked_up_is_told(front, elem_type):
    constants = {"table": np.ones((9, 4), np.float32), "two": np.int64(2)}
    model = make_model([*front, "y = ReduceMean(e)"], (2, 3), constants)
    model.graph.input[0].type.tensor_type.elem_type = elem_type
    report = check_model(model, input_name="x")
    assert not report.supported
    assert "'x' is looked up as an index by node 'e' (Gather)" in report.refusal
    with pytest.raises(ModelError, match=r"looked up as an index .* \(--wrt e\)"):
        build_gradient_graph(model, input_name="x")
    graph = build_gradient_graph(model, input_name="x", wrt=["e"])
    assert "e_gradient" in names(graph.graph.output)


def test_indices_computed_from_shapes_are_no_lookup_of_the_image():
    nodes = ["s = Shape(x)", "n = Gather(s, zero)", "c = Cast<to = 7>(x)", "y = Add(c, n)"]
    report = check_model(make_model(nodes, (2, 3), {"zero": np.int64(0)}))
    assert "goes through Cast (integers)" in report.refusal


def test_the_input_of_four_dimensions_is_the_image():
    model = make_model(
        ["f = Flatten(x)", "z = Mul(f, u)", "y = MatMul(z, m)"],
        (2, 3, 2, 2),
        {"m": np.ones((12, 2), np.float32)},
    )
    model.graph.input.append(helper.make_tensor_value_info("u", TensorProto.FLOAT, ["N", 1]))
    graph = build_gradient_graph(model).graph
    assert names(graph.input) == ["x", "u", "cotangent"]
    gradient = next(value for value in graph.output if value.name == "input_gradient")
    assert len(gradient.type.tensor_type.shape.dim) == 4
