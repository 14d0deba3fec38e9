"""Models that take more than an image, and inputs that no image has the shape of."""

import pickle

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_models import CLASSES, HEIGHT, WIDTH, weights

from percept_adv.classifier import Classifier
from percept_adv.errors import ModelError

IMAGES = np.random.default_rng(1).random((3, HEIGHT, WIDTH, 3), dtype=np.float32)


def with_age():
    """A linear classifier whose scores are multiplied by what it is told besides the image."""
    flat = weights().transpose(0, 3, 1, 2).reshape(CLASSES, -1).T.copy()
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["plain"]),
        helper.make_node("Mul", ["plain", "age"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "with age",
        [
            helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, HEIGHT, WIDTH]),
            helper.make_tensor_value_info("age", TensorProto.FLOAT, ["N", 1]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES])],
        [numpy_helper.from_array(flat, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def path(tmp_path):
    onnx.save(with_age(), tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def test_a_constant_beside_the_image(path):
    matrix = weights().reshape(CLASSES, -1)
    classifier = Classifier(path, provider="cpu", inputs={"age": 2.5})
    expected = 2.5 * IMAGES.reshape(3, -1) @ matrix.T
    np.testing.assert_allclose(classifier.logits(IMAGES), expected, rtol=1e-4, atol=1e-4)
    cotangent = np.random.default_rng(2).standard_normal((3, CLASSES)).astype(np.float32)
    gradient = classifier.gradient(IMAGES, cotangent)
    expected = (2.5 * cotangent @ matrix).reshape(IMAGES.shape)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)
    assert classifier.inputs == {"age": 2.5}
    assert classifier.contract_record["inputs"] == {"age": 2.5}


def test_a_copy_keeps_it(path):
    classifier = Classifier(path, provider="cpu", inputs={"age": 2.5})
    copy = pickle.loads(pickle.dumps(classifier))
    assert copy.inputs == classifier.inputs
    np.testing.assert_array_equal(copy.logits(IMAGES), classifier.logits(IMAGES))


def test_from_memory(path):
    alone = Classifier(with_age(), provider="cpu", inputs={"age": 0.5})
    filed = Classifier(path, provider="cpu", inputs={"age": 0.5})
    np.testing.assert_array_equal(alone.logits(IMAGES), filed.logits(IMAGES))


def test_a_missing_one_is_told(path):
    with pytest.raises(ModelError, match=r"takes 'age' \(float32 \[N, 1\]\) besides .* --input"):
        Classifier(path, provider="cpu")


def shaped(shape, others=()):
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("ReduceMean", ["f"], ["m"], axes=[1]),
        helper.make_node("Concat", ["m", "m"], ["y"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "shaped",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape]),
            *(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 4]) for name in others),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


SHAPES = {
    (8, 8): "3 dimensions: one is missing, .* put an Unsqueeze",
    (3, 8, 8, 8): "5 dimensions: it takes several frames or a volume",
    (50,): "takes 50 values in one row: give the height and width",
    (4, 8, 8): "4 channels: .* if the fourth is transparency",
    (5, 8, 8): r"has 5 \(NCHW\) or 8 \(NHWC\) channels: .* with 1 or 3",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_that_no_image_has(shape):
    with pytest.raises(ModelError, match=SHAPES[shape]) as caught:
        Classifier(shaped(shape), provider="cpu", input_name="x")
    assert "by name" not in str(caught.value)
    assert "--input-name" not in str(caught.value)


@pytest.mark.parametrize("shape", SHAPES)
def test_another_input_is_advised_where_there_is_one(shape):
    with pytest.raises(ModelError, match=SHAPES[shape]) as caught:
        Classifier(shaped(shape, ["photograph"]), provider="cpu", input_name="x")
    assert str(caught.value).endswith("choose another input by name (--input-name): 'photograph'")
