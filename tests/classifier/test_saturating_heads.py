"""Classifiers whose end saturates are attacked as those without it."""

import numpy as np
import pytest
from onnx import helper, numpy_helper
from tiny_models import HEIGHT, WIDTH, linear, weights

from percept_adv.attacks import attack
from percept_adv.classifier import Classifier

SOFT = [("Softmax", ["z0"], "p")]
HEADS = {
    "steep softmax, clipped": [("Mul", ["l", "k"], "z0"), *SOFT, ("Clip", ["p", "lo", "hi"], "y")],
    "per cent": [("Mul", ["l", "k"], "z0"), *SOFT, ("Mul", ["p", "hundred"], "y")],
    "soft vote": [
        ("Mul", ["l", "k"], "z0"),
        ("Mul", ["l", "m"], "z1"),
        *SOFT,
        ("Softmax", ["z1"], "q"),
        ("Add", ["p", "q"], "s"),
        ("Mul", ["s", "half"], "y"),
    ],
    "tanh": [("Mul", ["l", "four"], "z0"), ("Tanh", ["z0"], "y")],
}
NUMBERS = {"k": 20, "m": 30, "lo": 1e-7, "hi": 1 - 1e-7, "hundred": 100, "half": 0.5, "four": 4}


def with_head(name):
    model = linear(matrix=weights() / 10)
    graph = model.graph
    graph.node[-1].output[0] = "l"
    for op_type, inputs, output in HEADS[name]:
        attributes = {"axis": 1} if op_type == "Softmax" else {}
        graph.node.append(helper.make_node(op_type, inputs, [output], **attributes))
    graph.node[-1].output[0] = "logits"
    used = {name for node in graph.node for name in node.input}
    graph.initializer.extend(
        numpy_helper.from_array(np.float32(value), key)
        for key, value in NUMBERS.items()
        if key in used
    )
    return model


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("method", ["ddn", "deepfool"])
def test_every_image_that_falls_without_the_head_falls_with_it(name, method):
    images = np.random.default_rng(2).random((6, HEIGHT, WIDTH, 3), dtype=np.float32)
    plain = Classifier(linear(matrix=weights() / 10), provider="cpu")
    headed = Classifier(with_head(name), provider="cpu")
    labels = plain.predict(images)
    np.testing.assert_array_equal(headed.predict(images), labels)
    expected = attack(method, plain, images, labels)
    found = attack(method, headed, images, labels)
    assert np.array(expected.success).all()
    assert np.array(found.success).all()


def test_percentages_are_told_as_probabilities():
    classifier = Classifier(with_head("per cent"), provider="cpu")
    assert any("probabilities" in note for note in classifier.notes)
