"""Checks of a classifier before it is attacked."""

import pickle

import numpy as np
import onnx
import pytest
from linear_models import PIXELS, SIDE, linear_classifier
from onnx import TensorProto, helper

from percept_adv.classifier import Classifier
from percept_adv.classifier.checks import check_classifier, check_gradient
from percept_adv.errors import ModelError


def classifier_of(folder, nodes, initializers=()):
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", PIXELS])],
        list(initializers),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    return Classifier(folder / "model.onnx", provider="cpu")


def test_a_sound_model_passes(linear):
    assert check_classifier(linear.classifier) == []
    check_gradient(linear.classifier)


def test_a_model_without_a_gradient_is_refused(tmp_path):
    constant = linear_classifier(tmp_path, np.zeros((3, PIXELS)), [2.0, 0.0, -1.0])
    with pytest.raises(ModelError, match=r"0 everywhere.*--attack square"):
        check_gradient(constant)


def test_a_model_that_cannot_be_differentiated_says_what_still_works(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("Round", ["flat"], ["whole"]),
        helper.make_node("Neg", ["whole"], ["logits"]),
    ]
    with pytest.raises(ModelError, match=r"goes through Round.*--attack nes and --attack square"):
        check_gradient(classifier_of(tmp_path, nodes))


def test_logits_that_depend_on_the_batch_are_told(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["flat", "mean"], ["centred"]),
        helper.make_node("Add", ["centred", "flat"], ["logits"]),
    ]
    notes = check_classifier(classifier_of(tmp_path, nodes))
    assert any("batch" in note for note in notes)


def test_a_random_model_is_refused(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("RandomNormalLike", ["flat"], ["noise"]),
        helper.make_node("Add", ["flat", "noise"], ["logits"]),
    ]
    with pytest.raises(ModelError, match="evaluation mode"):
        check_classifier(classifier_of(tmp_path, nodes))


def test_a_model_whose_results_depend_on_the_batch_runs_one_image_at_a_time(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("ReduceMax", ["flat"], ["largest"], keepdims=0),
        helper.make_node("Div", ["flat", "largest"], ["logits"]),
    ]
    classifier = classifier_of(tmp_path, nodes)
    check_classifier(classifier)
    images = np.random.default_rng(0).random((3, SIDE, SIDE, 1), dtype=np.float32)
    alone = np.concatenate([classifier.logits(image[np.newaxis]) for image in images])
    np.testing.assert_array_equal(classifier.logits(images), alone)
    assert pickle.loads(pickle.dumps(classifier))._fixed_batch == 1


def test_normalisation_by_the_range_of_each_image_is_taken(tmp_path):
    """0 / 0 for an image of one colour, which no photograph is."""
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("ReduceMin", ["flat"], ["low"], axes=[1], keepdims=1),
        helper.make_node("ReduceMax", ["flat"], ["high"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["flat", "low"], ["above"]),
        helper.make_node("Sub", ["high", "low"], ["range"]),
        helper.make_node("Div", ["above", "range"], ["logits"]),
    ]
    check_classifier(classifier_of(tmp_path, nodes))
