"""What is traced gives what NumPy gives."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, basic_indices, mutually_broadcastable_shapes

from percept_adv.tracing import Graph

# Half of the smallest number is zero, where `%` of NumPy and of a graph part.
FLOATS = st.floats(-4, 4, width=32, allow_subnormal=False)


def run(function, *values):
    """Trace a function of arrays and run the graph; a value that is no symbol is returned."""
    graph, feeds = Graph(), {}
    symbols = []
    for value in values:
        name = f"input {len(feeds)}"
        feeds[name] = value
        symbols.append(graph.input(name, value.shape, value.dtype))
    model = graph.model({"result": function(*symbols)})
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    needed = {each.name: feeds[each.name] for each in session.get_inputs()}
    return session.run(None, needed)[0]


def check(function, *values, rtol=1e-6):
    expected = np.asarray(function(*values))
    found = run(function, *values)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-6)


OPERATORS = {
    "add": lambda x, y: 2 + x + y,
    "subtract": lambda x, y: 1 - x - y,
    "multiply": lambda x, y: 0.5 * x * y,
    "divide": lambda x, y: x / (5 + y),
    "divide a number": lambda x, y: 3 / (5 + x + y),
    "negative": lambda x, y: -x + abs(y),
    "power": lambda x, y: 0.5 ** (x + y),
    "square": lambda x, y: (x + y) ** 2,
    "compare": lambda x, y: (x < y) | (x >= 1) & ~(y <= 0) | (x > 2 * y),
    "equal": lambda x, y: (x == y) & (x != 0),
    "equal conditions": lambda x, y: (x > 0) == (y > 0),
    "where": lambda x, y: x.__array_namespace__().where(x > y, x, y + 1),
    "where of a number": lambda x, y: x.__array_namespace__().where(x > y, x, 0.0),
    "where of conditions": lambda x, y: x.__array_namespace__().where(x > y, x > 0, y > 0),
    "minimum": lambda x, y: x.__array_namespace__().minimum(x, y),
    "maximum": lambda x, y: x.__array_namespace__().maximum(x, y),
}


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_operators_with_broadcasting(name, data):
    shapes = data.draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    x, y = (data.draw(arrays(np.float32, shape, elements=FLOATS)) for shape in shapes.input_shapes)
    check(OPERATORS[name], x, y, rtol=1e-5)


FUNCTIONS = {
    "exp": lambda xp, x: xp.exp(x),
    "log": lambda xp, x: xp.log(xp.abs(x) + 1),
    "sqrt": lambda xp, x: xp.sqrt(x * x),
    "sign": lambda xp, x: xp.sign(x),
    "floor": lambda xp, x: xp.floor(x),
    "ceil": lambda xp, x: xp.ceil(x),
    "argmin": lambda xp, x: xp.argmin(xp.round(x), axis=1),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x[:, :1], (2, 3, 4)),
    "round": lambda xp, x: xp.round(2 * x) + x % 2,
    "cos": lambda xp, x: xp.cos(x) + xp.sin(x),
    "clip": lambda xp, x: xp.clip(x, -1, 0.5),
    "isfinite": lambda xp, x: xp.isfinite(x / x) | xp.isinf(1 / x) | xp.isnan(x / x),
    "sum": lambda xp, x: xp.sum(x, axis=(0, 2)),
    "sum kept": lambda xp, x: xp.sum(x, axis=-1, keepdims=True),
    "max": lambda xp, x: xp.max(x, axis=1),
    "any": lambda xp, x: xp.any(x > 1, axis=(1, 2)),
    "sort": lambda xp, x: xp.sort(x, axis=1),
    "argsort": lambda xp, x: xp.argsort(xp.round(x), axis=2, stable=True),
    "reshape": lambda xp, x: xp.reshape(x, (2, -1, 1)),
    "stack": lambda xp, x: xp.stack([x, 2 * x], axis=1),
    "concat": lambda xp, x: xp.concat([x, xp.zeros_like(x[:, 1:])], axis=1),
    "filled": lambda xp, x: xp.full_like(x, 3) - xp.ones_like(x),
    "filled in a condition": lambda xp, x: xp.where(x[:, :1] > 0, xp.ones_like(x), x),
    "type": lambda xp, x: xp.astype(x > 0, xp.int64) + xp.ones((2, 3, 4), dtype=xp.int64),
    "numpy's": lambda xp, x: xp.arange(4) * x + x * np.float32(2),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (2, 0, 1)),
    "backwards": lambda xp, x: xp.abs(x[:, ::-1, 2::-2]),
    "matmul": lambda xp, x: xp.matmul(np.ones((5, 3), np.float32), x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=10, deadline=None)
@given(x=arrays(np.float32, (2, 3, 4), elements=FLOATS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions(name, x):
    check(lambda array: FUNCTIONS[name](array.__array_namespace__(), array), x, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(key=basic_indices((3, 4, 2), allow_newaxis=True, allow_ellipsis=True))
def test_parts(key):
    x = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
    if x[key].size:
        check(lambda array: array[key], x)


def test_equal_constants_are_kept_once_and_nothing_that_is_not_needed():
    graph = Graph()
    x = graph.input("x", (2,), np.float32)
    graph.input("unused", (2,), np.float32)
    _ = x * 7
    model = graph.model({"y": (x + 2) * 2})
    assert [node.op_type for node in model.graph.node] == ["Add", "Mul", "Identity"]
    assert len(model.graph.initializer) == 1
    assert [value.name for value in model.graph.input] == ["x"]


def test_a_large_array_of_one_value_is_not_stored():
    graph = Graph()
    x = graph.input("x", (100, 1000), np.float32)
    xp = x.__array_namespace__()
    model = graph.model({"y": xp.where(x > 0, x, xp.zeros_like(x)), "zeros": xp.zeros_like(x)})
    assert model.ByteSize() < 2000


def test_a_symbol_has_no_truth():
    x = Graph().input("x", (2,), np.float32)
    with pytest.raises(TypeError, match="not known while it is traced"):
        bool(x > 0)
