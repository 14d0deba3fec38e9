"""A gradient that is not the deployed model's is found before it steers anything."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from percept_adv.classifier import Classifier
from percept_adv.classifier.verification import slope_ratio, verdict
from percept_adv.errors import ModelError
from percept_adv.gradients import registry

SIDE, CLASSES = 12, 4
GENERATOR = np.random.default_rng(3)


def network(*, int8=False, ending=(), scale=1.0):
    """A convolution, Relu, a pooling and a linear layer; activations in 8 bits or not."""
    weights = GENERATOR.normal(0, 0.3, (8, 3, 3, 3)).astype(np.float32)
    matrix = scale * GENERATOR.normal(0, 1, (8 * 25, CLASSES)).astype(np.float32)
    nodes = [helper.make_node("Conv", ["x", "w"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    tensors = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(matrix, "m")]
    inner = "b"
    if int8:
        tensors += [
            numpy_helper.from_array(np.array(0.02, np.float32), "s"),
            numpy_helper.from_array(np.array(0, np.uint8), "z"),
        ]
        nodes += [
            helper.make_node("QuantizeLinear", [inner, "s", "z"], ["q"]),
            helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        ]
        inner = "d"
    nodes += [
        helper.make_node("MaxPool", [inner], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["y" if not ending else "l"]),
        *ending,
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", CLASSES])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def images(count=2):
    return np.random.default_rng(1).random((count, SIDE, SIDE, 3), dtype=np.float32)


SOFTMAX = (helper.make_node("Softmax", ["l"], ["y"], axis=1),)


@pytest.mark.parametrize("loss", ["logit_difference", "margin", "cross_entropy", "cotangent"])
@pytest.mark.parametrize("model", [network(), network(int8=True), network(ending=SOFTMAX)])
def test_right_gradients_pass_without_a_word(model, loss):
    classifier = Classifier(model, provider="cpu")
    before = list(classifier.notes)
    if loss == "cotangent":
        classifier.gradient(images(), np.ones((2, CLASSES), np.float32))
    else:
        classifier.evaluate(images(), np.array([0, 1]), loss=loss)
    assert classifier.notes == before


def test_a_wrong_rule_is_refused(monkeypatch):
    right = registry.find_rule("Relu", "", 17)

    def wrong(context):
        return {0: context.op("Mul", *right.differentiate(context).values(), context.constant(4.0))}

    broken = type(right)("Relu", "", 1, wrong, False, False, (0,))
    monkeypatch.setitem(registry._RULES, ("", "Relu"), [broken])
    classifier = Classifier(network(), provider="cpu")
    with pytest.raises(ModelError, match=r"0\.25 times as fast .* not this model's gradient"):
        classifier.evaluate(images(), np.array([0, 1]), loss="logit_difference")


def test_a_quantised_model_is_told_of_and_not_refused(monkeypatch):
    """The score of a deployed int8 network may hardly follow its gradient at one photograph."""
    monkeypatch.setattr("percept_adv.classifier.differentiated.slope_ratio", lambda *_, **__: 0.2)
    classifier = Classifier(network(int8=True), provider="cpu")
    classifier.evaluate(images(), np.array([0, 1]), loss="logit_difference")
    assert "0.2 times as fast" in classifier.notes[-1]
    assert "as in quantised models" in classifier.notes[-1]
    with pytest.raises(ModelError, match="not this model's gradient"):
        Classifier(network(), provider="cpu").evaluate(images(), np.array([0, 1]), loss="margin")


def test_each_size_is_checked_once(monkeypatch):
    """A model of free size: once at each size at which it is used."""
    seen = []
    monkeypatch.setattr(
        "percept_adv.classifier.differentiated.slope_ratio",
        lambda *args, **_: seen.append(args[2].shape),
    )
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["g"]),
        helper.make_node("Flatten", ["g"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "free",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    classifier = Classifier(model, provider="cpu")
    for side in (8, 9, 8):
        classifier.gradient(np.zeros((1, side, 8, 3), np.float32), np.ones((1, 3), np.float32))
    assert seen == [(8, 8, 3), (9, 8, 3)]


@pytest.mark.parametrize(("factor", "expected"), [(1.0, "fine"), (0.7, "doubtful"), (3.0, "wrong")])
def test_verdicts(factor, expected):
    matrix = GENERATOR.normal(size=(SIDE * SIDE * 3, CLASSES))

    def scores_of(batch):
        return (batch.reshape(len(batch), -1) @ matrix).astype(np.float32)

    def gradient_of(batch, objective):
        return (objective.cotangent @ matrix.T).reshape(batch.shape) / factor

    ratio = slope_ratio(scores_of, gradient_of, images()[0], loss="cotangent", largest=np.inf)
    assert ratio == pytest.approx(factor, rel=0.01)
    assert verdict(ratio) == expected


def test_saturated_probabilities_tell_nothing():
    """Log-odds of probabilities that underflow stand still, whatever the gradient says."""
    classifier = Classifier(network(ending=SOFTMAX, scale=300.0), provider="cpu")
    classifier.evaluate(images(), np.array([0, 1]), loss="logit_difference")


def test_the_whole_path_is_checked(tmp_path):
    """Also at a file's own size, in front of a resizing pipeline."""
    onnx.save(network(), tmp_path / "model.onnx")
    classifier = Classifier(tmp_path / "model.onnx", provider="cpu").at_file((20, 30, 3))
    photographs = np.random.default_rng(1).random((1, 20, 30, 3), dtype=np.float32)
    classifier.evaluate(photographs, np.array([0]), loss="logit_difference")
