"""Ends that saturate: what the gradient graph takes in place of them."""

import numpy as np
import onnx
import pytest
from derivative import check_gradient, make_model, session
from onnx import TensorProto, helper

from percept_adv.gradients import expose_logits, expose_ranking, head_kind, increasing_end

GENERATOR = np.random.default_rng(5)
X = GENERATOR.standard_normal((3, 6)).astype(np.float32)
LOW, HIGH = np.float32(1e-7), np.float32(1 - 1e-7)
STEEP = [np.float32(400), np.float32(300)]
CONSTANTS = {
    "lo": LOW,
    "hi": HIGH,
    "hundred": np.float32(100),
    "half": np.float32(0.5),
    "tiny": np.float32(1e-9),
    "a": STEEP[0],
    "b": STEEP[1],
    "w": np.array([0.5, 1, 1, 1, 1, 2], np.float32),
    "first": np.array([0]),
    "classes": np.array([1]),
}
VOTE = ["z = Mul(x, a)", "v = Mul(x, b)", "p = Softmax<axis=1>(z)", "q = Softmax<axis=1>(v)"]
PROBABILITIES = {
    "softmax": ["z = Mul(x, a)", "y = Softmax<axis=1>(z)"],
    "clipped": ["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "y = Clip(p, lo, hi)"],
    "per cent": ["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "y = Mul(hundred, p)"],
    "kept from 0": ["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "y = Add(p, tiny)"],
    "weighted": ["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "y = Mul(p, w)"],
    "vote": [*VOTE, "s = Add(p, q)", "y = Mul(s, half)"],
    "mean": [*VOTE, "y = Mean(p, q)"],
    "bounded": ["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "u = Max(p, lo)", "y = Min(hi, u)"],
    "rounded": [
        "z = Mul(x, a)",
        "p = Softmax<axis=1>(z)",
        "h = Mul(p, hundred)",
        "r = Round(h)",
        "y = Div(r, hundred)",
    ],
    "made distributions again": [
        "z = Mul(x, a)",
        "p = Softmax<axis=1>(z)",
        "u = Clip(p, lo, hi)",
        "s = ReduceSum(u, classes)",
        "y = Div(u, s)",
    ],
    "by hand": [
        "z = Mul(x, a)",
        "m = ReduceMax(z, classes)",
        "d = Sub(z, m)",
        "e = Exp(d)",
        "s = ReduceSum<keepdims=1>(e, classes)",
        "y = Div(e, s)",
    ],
    "stacked vote": [
        *VOTE,
        "u = Unsqueeze(p, first)",
        "t = Unsqueeze(q, first)",
        "c = Concat<axis=0>(u, t)",
        "y = ReduceMean<keepdims=0>(c, first)",
    ],
}


def model_of(nodes):
    used = " ".join(nodes)
    constants = {k: v for k, v in CONSTANTS.items() if f"{k}," in used or f"{k})" in used}
    model = make_model(nodes, X.shape, constants)
    del model.graph.output[:]
    value = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", X.shape[1]])
    model.graph.output.append(value)
    return model


def logarithm_in_double():
    """Return what the logarithms of the probabilities are, where nothing underflows."""
    x = X.astype(np.float64)

    def log_softmax(z):
        return (
            z
            - z.max(1, keepdims=True)
            - np.log(np.exp(z - z.max(1, keepdims=True)).sum(1))[:, None]
        )

    first, second = log_softmax(x * STEEP[0]), log_softmax(x * STEEP[1])
    return first, np.logaddexp(first, second)


@pytest.mark.parametrize("name", PROBABILITIES)
def test_probabilities_become_logarithms_that_do_not_underflow(name):
    model = model_of(PROBABILITIES[name])
    assert head_kind(model, "y") == "softmax"
    exposed = expose_logits(model)
    onnx.checker.check_model(exposed, full_check=True)
    found = session(exposed).run(["y"], {"x": X})[0]
    alone, voted = logarithm_in_double()
    expected = voted if "q = " in " ".join(PROBABILITIES[name]) else alone
    if name == "weighted":
        expected = expected + np.log(CONSTANTS["w"])
    apart = (found - expected) - (found - expected)[:, :1]
    assert np.abs(apart).max() < 1e-3 * np.ptp(expected)
    assert np.ptp(found) > 200


@pytest.mark.parametrize("name", PROBABILITIES)
def test_their_gradient_is_right_and_not_zero(name):
    model = model_of(PROBABILITIES[name])
    for tensor in model.graph.initializer:  # Gentle, so that finite differences see it.
        if tensor.name in {"a", "b"}:
            value = np.float32(1.5 if tensor.name == "a" else 0.7)
            tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    check_gradient(expose_logits(model), {"x": X})


@pytest.mark.parametrize(
    "nodes",
    [
        ["y = Sigmoid(x)"],
        ["p = Sigmoid(x)", "y = Clip(p, lo, hi)"],
        ["p = Sigmoid(x)", "y = Identity(p)"],
    ],
)
def test_sigmoids_become_log_odds(nodes):
    model = model_of(nodes)
    assert head_kind(model, "y") == "sigmoid"
    np.testing.assert_array_equal(session(expose_logits(model)).run(["y"], {"x": X})[0], X)


def test_a_logarithm_of_probabilities_at_the_end_is_one_operator():
    model = model_of(["z = Mul(x, a)", "p = Softmax<axis=1>(z)", "y = Log(p)"])
    assert head_kind(model, "y") is None
    assert not np.isfinite(session(model).run(["y"], {"x": X})[0]).all()
    alone, _ = logarithm_in_double()
    found = session(expose_logits(model)).run(["y"], {"x": X})[0]
    np.testing.assert_allclose(found, alone, rtol=1e-4)


@pytest.mark.parametrize(
    "nodes",
    [
        ["z = Mul(x, a)", "y = Tanh(z)"],
        ["z = Mul(x, a)", "t = Tanh(z)", "s = Mul(t, hundred)", "y = Add(half, s)"],
        ["t = Clip(x, lo, hi)", "y = Identity(t)"],
    ],
)
def test_functions_that_keep_the_order_are_left_out(nodes):
    model = model_of(nodes)
    end = increasing_end(model, "y")
    exposed = expose_ranking(model, "y", end)
    found = session(exposed).run(["y"], {"x": X})[0]
    np.testing.assert_array_equal(found.argsort(axis=1), X.argsort(axis=1))
    assert np.ptp(found) >= np.ptp(X)
    undone = end.undo(session(model).run(["y"], {"x": X})[0])
    flat = np.abs(undone - found) > 1e-2 * np.abs(found) + 1e-2
    assert (np.abs(undone[flat]) < np.abs(found[flat])).all()


def test_rounded_scores_are_taken_in_front_of_the_rounding():
    model = model_of(["z = Mul(x, hundred)", "r = Round(z)", "y = Div(r, hundred)"])
    end = increasing_end(model, "y")
    assert end.scores == "z"
    outputs = session(model).run(["y"], {"x": X})[0]
    np.testing.assert_allclose(end.undo(outputs), np.round(100 * X), rtol=1e-5)


@pytest.mark.parametrize(
    "nodes",
    [
        ["e = Exp(x)", "s = ReduceSum<keepdims=0>(e, first)", "y = Div(e, s)"],
        ["e = Exp(x)", "s = ReduceSum(x, classes)", "y = Div(e, s)"],
        ["p = Softmax<axis=1>(x)", "y = Max(p, x)"],
        ["p = Softmax<axis=1>(x)", "y = Max(p, w)"],
    ],
)
def test_what_only_looks_like_a_softmax_stays(nodes):
    assert head_kind(model_of(nodes), "y") is None


@pytest.mark.parametrize(
    "nodes",
    [["y = Mul(x, a)"], ["y = Neg(x)"], ["t = Tanh(x)", "y = Mul(t, w)"], ["y = Relu(x)"]],
)
def test_everything_else_stays(nodes):
    model = model_of(nodes)
    assert increasing_end(model, "y") is None
    assert head_kind(model, "y") is None


@pytest.mark.parametrize("function", ["Tanh", "Sigmoid", "Softsign", "Atan"])
def test_inverses(function):
    model = model_of([f"t = {function}(x)", "s = Mul(t, hundred)", "y = Add(half, s)"])
    outputs = session(model).run(["y"], {"x": X})[0]
    np.testing.assert_allclose(increasing_end(model, "y").undo(outputs), X, rtol=1e-3, atol=1e-4)
