"""LSTM against onnxruntime's own, and against finite differences."""

import numpy as np
import pytest
from derivative import check_gradient, gradient_of, make_model

from percept_adv.errors import UnsupportedOperatorError
from percept_adv.gradients import build_gradient_graph

GENERATOR = np.random.default_rng(21)
LENGTH, BATCH, INPUTS, HIDDEN = 5, 2, 3, 4


def real(*shape):
    return (0.5 * GENERATOR.standard_normal(shape)).astype(np.float32)


def weights(directions, *names):
    shapes = {
        "w": (directions, 4 * HIDDEN, INPUTS),
        "r": (directions, 4 * HIDDEN, HIDDEN),
        "b": (directions, 8 * HIDDEN),
        "h": (directions, BATCH, HIDDEN),
        "c": (directions, BATCH, HIDDEN),
    }
    return {name: real(*shapes[name]) for name in ("w", "r", *names)}


SHAPE = (LENGTH, BATCH, INPUTS)
CASES = {
    "forward": ([f"y = LSTM<hidden_size={HIDDEN}>(x, w, r)"], weights(1)),
    "reverse": (
        [f'y = LSTM<hidden_size={HIDDEN}, direction="reverse">(x, w, r, b)'],
        weights(1, "b"),
    ),
    "bidirectional": (
        [f'y = LSTM<hidden_size={HIDDEN}, direction="bidirectional">(x, w, r, b, , h, c)'],
        weights(2, "b", "h", "c"),
    ),
    "last states": (
        [
            f'a, s, t = LSTM<hidden_size={HIDDEN}, direction="bidirectional">(x, w, r, b)',
            "m = Mul(s, t)",
            "y = Identity(m)",
        ],
        weights(2, "b"),
    ),
    "last cell alone": (
        [f", , y = LSTM<hidden_size={HIDDEN}>(x, w, r, b, , h)"],
        weights(1, "b", "h"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    nodes, constants = CASES[name]
    model = make_model(nodes, SHAPE, constants, batch=None)
    check_gradient(model, {"x": real(*SHAPE)})


def test_batches_of_any_size():
    """As exporters write it: the batch comes first, and is transposed."""
    nodes = [
        "t = Transpose<perm=[1,0,2]>(x)",
        f'y = LSTM<hidden_size={HIDDEN}, direction="bidirectional">(t, w, r, b)',
    ]
    shape = (3, LENGTH, INPUTS)
    check_gradient(make_model(nodes, shape, weights(2, "b")), {"x": real(*shape)})


def test_batch_first_is_the_transpose():
    """onnxruntime has no kernel for layout 1, so the other layout is compared."""
    constants, x, cotangent = weights(1, "b"), real(*SHAPE), real(LENGTH, 1, BATCH, HIDDEN)
    plain = make_model(
        [f"y = LSTM<hidden_size={HIDDEN}>(x, w, r, b)"], SHAPE, constants, batch=None
    )
    shape = (BATCH, LENGTH, INPUTS)
    node = f"y = LSTM<hidden_size={HIDDEN}, layout=1>(x, w, r, b)"
    first = make_model([node], shape, constants, batch=None)
    expected, _ = gradient_of(plain, {"x": x}, cotangent)
    found, _ = gradient_of(first, {"x": x.transpose(1, 0, 2)}, cotangent.transpose(2, 0, 1, 3))
    np.testing.assert_allclose(found.transpose(1, 0, 2), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("attributes", "inputs", "reason"),
    [
        ("clip=1.0", "x, w, r", "clipped"),
        ("input_forget=1", "x, w, r", "coupled"),
        ('activations=["Relu","Tanh","Tanh"]', "x, w, r", "activations"),
        ('direction="forward"', "x, w, r, , l", "different lengths"),
        ('direction="forward"', "x, w, r, , , , , p", "peepholes"),
    ],
)
def test_variants_are_refused_with_the_reason(attributes, inputs, reason):
    constants = weights(1) | {"l": np.full(BATCH, 3, np.int32), "p": real(1, 3 * HIDDEN)}
    node = f"y = LSTM<hidden_size={HIDDEN}, {attributes}>({inputs})"
    model = make_model([node], SHAPE, constants, batch=None)
    with pytest.raises(UnsupportedOperatorError, match=reason):
        build_gradient_graph(model, output_name="y", input_name="x")


def test_a_dynamic_length_is_refused():
    model = make_model([f"y = LSTM<hidden_size={HIDDEN}>(x, w, r)"], SHAPE, weights(1), batch="T")
    with pytest.raises(UnsupportedOperatorError, match="length of its sequences"):
        build_gradient_graph(model, output_name="y", input_name="x")
