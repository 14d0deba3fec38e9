"""Inputs besides the image, held constant inside the model."""

import numpy as np
import onnx
import pytest
from derivative import check_gradient, session
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelError, ParameterError
from percept_adv.gradients import refuse_open_inputs, with_constant_inputs

GENERATOR = np.random.default_rng(4)


def with_metadata(batch="N", age=("N", 3), site=("N",)):
    """A network that multiplies its scores by numbers and adds what it looks up."""
    nodes = [
        "f = Flatten(image)",
        "s = MatMul(f, m)",
        "t = Mul(s, age)",
        "u = Tanh(t)",
        "e = Gather(table, site)",
        "y = Add(u, e)",
    ]
    values = {
        "m": GENERATOR.standard_normal((48, 3)).astype(np.float32),
        "table": GENERATOR.standard_normal((5, 3)).astype(np.float32),
    }
    graph = helper.make_graph(
        [onnx.parser.parse_node(node) for node in nodes],
        "with metadata",
        [
            helper.make_tensor_value_info("age", TensorProto.FLOAT, age),
            helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, 4, 4]),
            helper.make_tensor_value_info("site", TensorProto.INT64, site),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def images(count=2):
    return GENERATOR.random((count, 3, 4, 4), dtype=np.float32)


@pytest.mark.parametrize(
    ("age", "site"), [(0.5, 2), ([0.1, 0.2, 0.3], [1]), (np.full((1, 3), 2), np.int8(4))]
)
@pytest.mark.parametrize("count", [1, 3])
def test_as_the_input_given_for_each_image(age, site, count):
    model, x = with_metadata(), images(count)
    fixed = with_constant_inputs(model, {"age": age, "site": site})
    assert [value.name for value in fixed.graph.input] == ["image"]
    rows = {
        "age": np.broadcast_to(np.asarray(age, np.float32), (count, 3)),
        "site": np.broadcast_to(np.asarray(site, np.int64), (count,)),
    }
    (expected,) = session(model).run(["y"], {"image": x, **rows})
    (found,) = session(fixed).run(["y"], {"image": x})
    np.testing.assert_array_equal(found, expected)


def test_its_gradient():
    fixed = with_constant_inputs(with_metadata(), {"age": [0.1, -0.2, 0.3], "site": 2})
    check_gradient(fixed, {"image": images()}, image="image")


def test_fixed_shapes_and_free_lists():
    model = with_metadata(batch=1, age=[1, 3], site=["K"])
    fixed = with_constant_inputs(model, {"age": 1, "site": [0, 3, 1]})
    stored = {tensor.name: list(tensor.dims) for tensor in fixed.graph.initializer}
    assert (stored["age"], stored["site"]) == ([1, 3], [3])
    refuse_open_inputs(fixed.graph, "image")


def test_the_model_is_not_changed():
    model = with_metadata()
    before = model.SerializeToString()
    with_constant_inputs(model, {"age": 0, "site": 0})
    assert model.SerializeToString() == before
    assert with_constant_inputs(model, {}) is model


def test_what_is_open_is_named():
    fixed = with_constant_inputs(with_metadata(), {"site": 1})
    with pytest.raises(ModelError, match=r"takes 'age' \(float32 \[N, 3\]\) besides .*'image'"):
        refuse_open_inputs(fixed.graph, "image")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"age": [1, 2]}, r"shape \[2\] does not fit the input 'age' \(float32 \[N, 3\]\)"),
        ({"age": np.ones((2, 3))}, r"shape \[2, 3\] does not fit"),
        ({"site": 1.5}, "'site' .* cannot be held at 1.5"),
        ({"age": np.nan}, "finite"),
        ({"age": 1e300}, "finite"),
        ({"age": "old"}, "only numbers"),
        ({"sex": 1}, "no input 'sex' .* 'age', 'image', 'site'"),
    ],
)
def test_what_does_not_fit_is_refused(given, told):
    with pytest.raises((ModelError, ParameterError), match=told):
        with_constant_inputs(with_metadata(), given)


def test_a_free_size_that_nothing_tells():
    with pytest.raises(ParameterError, match="does not fit"):
        with_constant_inputs(with_metadata(age=["N", "K"]), {"age": 1.0})
