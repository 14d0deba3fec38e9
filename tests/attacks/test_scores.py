"""Attacks do not depend on the scale of the logits, on the kind of decision, or on other images."""

import numpy as np
import onnx
import pytest
from attack_cases import ALL, FIXED, MINIMUM_L2
from linear_models import SIDE, Linear, linear_classifier
from onnx import helper, numpy_helper

from percept_adv.attacks import attack
from percept_adv.classifier import Classifier
from percept_adv.errors import ParameterError, ShapeError


@pytest.fixture(scope="module")
def by_scale(tmp_path_factory):
    """The same decision by logits of three scales."""
    folder = tmp_path_factory.mktemp("scales")
    linear = Linear(folder)
    factors = (1e-3, 1.0, 1e3)
    models = [
        linear_classifier(folder, factor * linear.weights, factor * linear.bias, name=f"x{factor}")
        for factor in factors
    ]
    return linear, models


@pytest.mark.parametrize("name", ALL)
def test_the_scale_of_the_logits_does_not_matter(by_scale, name):
    linear, models = by_scale
    images, labels = linear.images(4)
    small, usual, large = (attack(name, model, images, labels, **ALL[name]) for model in models)
    assert usual.success.all()
    for other in (small, large):
        assert other.success.all()
        np.testing.assert_allclose(other.stored_l2, usual.stored_l2, rtol=0.05)


@pytest.mark.parametrize("name", ALL)
def test_what_lies_outside_the_mask_stays(linear, name):
    images, labels = linear.images(3)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[1:, :-1] = True
    larger = {"eps": 3 * FIXED[name]["eps"]} if name in FIXED else {}
    result = attack(name, linear.classifier, images, labels, mask=mask, **{**ALL[name], **larger})
    assert result.success.all()
    assert np.array_equal(result.adversarial[:, ~mask], images[:, ~mask])
    assert np.array_equal(result.stored[:, ~mask], np.round(images[:, ~mask] * 255))


def test_masks_that_cannot_be_used(linear):
    images, labels = linear.images(1)
    with pytest.raises(ShapeError, match=r"mask has the shape \(3, 3\)"):
        attack("ddn", linear.classifier, images, labels, mask=np.ones((3, 3)))
    with pytest.raises(ParameterError, match="allows no pixel"):
        attack("ddn", linear.classifier, images, labels, mask=np.zeros((SIDE, SIDE)))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("decision", ["topk:2", "multilabel"])
def test_other_decisions_are_changed_as_stored(tmp_path, name, decision):
    linear = Linear(tmp_path)
    model = Classifier(linear.classifier.path, provider="cpu", decision=decision)
    images, _ = linear.images(3)
    before = model.predict(images)
    parameters = ALL[name]
    if name in FIXED:
        parameters = {**parameters, "eps": 4 * parameters["eps"], "iterations": 60}
        parameters = {k: v for k, v in parameters.items() if name != "fgsm" or k == "eps"}
    result = attack(name, model, images, before, **parameters)
    assert result.success.all()
    scores = model.logits(result.stored.astype(np.float32) / 255)
    if decision == "multilabel":
        assert ((scores > 0).astype(int) != before).any(axis=1).all()
    else:
        first = np.argsort(-scores, axis=1, kind="stable")[:, :2]
        assert not (first == before[:, None]).any()


@pytest.mark.parametrize("name", MINIMUM_L2)
def test_one_sigmoid_output_is_attacked_at_its_threshold(tmp_path, name):
    linear = Linear(tmp_path, classes=1)
    model = _with_sigmoid(linear, tmp_path)
    towards = np.sign([[1], [-1], [1]]) * linear.weights / np.linalg.norm(linear.weights)
    levels = np.round(255 * (0.5 + 0.5 * towards.reshape(3, SIDE, SIDE, 1)))
    images = (levels / 255).astype(np.float32)
    labels = model.predict(images)
    assert model.decision.name == "binary"
    result = attack(name, model, images, labels, **MINIMUM_L2[name])
    assert result.success.all()
    nearest = np.abs(linear.logits(images)[:, 0]) / np.linalg.norm(linear.weights)
    assert np.all(result.l2 <= 1.06 * nearest + 1e-3)


def _with_sigmoid(linear, folder):
    model = onnx.load(linear.classifier.path)
    model.graph.node[-1].output[0] = "z"
    model.graph.node.append(helper.make_node("Sigmoid", ["z"], ["logits"]))
    path = folder / "sigmoid.onnx"
    onnx.save(model, path)
    return Classifier(path, provider="cpu")


@pytest.mark.parametrize("name", ["scw", "sddn", "qpgd2", "salma", "ddn", "deepfool"])
def test_an_image_whose_scores_are_no_numbers_ends_alone(tmp_path, name):
    linear = Linear(tmp_path)
    model = _nan_above(linear, tmp_path, 0.9)
    images, labels = linear.images(3)
    images[1, 0, 0] = 1.0
    result = attack(name, model, images, labels, **ALL[name])
    assert result.success.tolist() == [True, False, True]
    assert result.already_misclassified.tolist() == [False, False, False]
    assert "NaN" in result[1].failure
    assert not result[0].failure


def _nan_above(linear, folder, bound):
    """Add sqrt(bound - first pixel) * 0: NaN where that pixel is above the bound."""
    model = onnx.load(linear.classifier.path)
    graph = model.graph
    graph.node[-1].output[0] = "z"
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([0]), "zero"),
            numpy_helper.from_array(np.array([bound], np.float32), "bound"),
            numpy_helper.from_array(np.array([0.0], np.float32), "nothing"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("Gather", ["flat", "zero"], ["pixel"], axis=1),
            helper.make_node("Sub", ["bound", "pixel"], ["left"]),
            helper.make_node("Sqrt", ["left"], ["root"]),
            helper.make_node("Mul", ["root", "nothing"], ["added"]),
            helper.make_node("Add", ["z", "added"], ["logits"]),
        ]
    )
    path = folder / "nan.onnx"
    onnx.save(model, path)
    return Classifier(path, provider="cpu")


@pytest.mark.parametrize("name", ["ddn", "cw", "pgd2"])
def test_failures_for_want_of_gradients_are_counted(tmp_path, name):
    """The scores are the same everywhere, by a product with 0: the gradient is exactly 0."""
    linear = Linear(tmp_path)
    model = onnx.load(linear.classifier.path)
    graph = model.graph
    graph.node[-1].output[0] = "z"
    graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nothing"))
    graph.initializer.append(numpy_helper.from_array(np.arange(4, dtype=np.float32), "shift"))
    graph.node.append(helper.make_node("Mul", ["z", "nothing"], ["flattened"]))
    graph.node.append(helper.make_node("Add", ["flattened", "shift"], ["logits"]))
    path = tmp_path / "flat.onnx"
    onnx.save(model, path)
    classifier = Classifier(path, provider="cpu")
    images, _ = linear.images(2)
    labels = classifier.predict(images)
    result = attack(name, classifier, images, labels, **ALL[name], max_evaluations=20)
    assert not result.success.any()
    assert result.is_blind.all()
    assert np.all(2 * result.zero_gradients >= result.backward_count)
    assert np.all(result.backward_count <= 20)


@pytest.mark.parametrize("name", ["ddn", "scw", "pgd2", "fgsm"])
def test_where_gradients_say_nothing_scores_do(tmp_path, name):
    """The scores are rounded, and a product with 0 gives them a gradient that is exactly 0."""
    linear = Linear(tmp_path)
    model = onnx.load(linear.classifier.path)
    graph = model.graph
    graph.node[-1].output[0] = "z"
    graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "nothing"))
    graph.initializer.append(numpy_helper.from_array(np.array(100, np.float32), "fine"))
    graph.node.append(helper.make_node("Mul", ["z", "nothing"], ["flattened"]))
    graph.node.append(helper.make_node("Mul", ["z", "fine"], ["finer"]))
    graph.node.append(helper.make_node("Round", ["finer"], ["rounded"]))
    graph.node.append(helper.make_node("Add", ["flattened", "rounded"], ["logits"]))
    path = tmp_path / "rounded.onnx"
    onnx.save(model, path)
    classifier = Classifier(path, provider="cpu")
    images, labels = linear.images(3)
    parameters = dict(ALL[name])
    if name in FIXED:
        parameters["eps"] *= 4
    result = attack(name, classifier, images, labels, **parameters)
    assert result.success.all()
    assert set(result.found_by) == {"finite differences"}
    assert not result.is_blind.any()
    assert np.array_equal(classifier.predict(result.stored), result.label_after)
    if name in FIXED:
        norm = result.linf if name == "fgsm" else result.l2
        assert np.all(norm <= parameters["eps"] * 1.001)
    else:
        assert np.all(result.l2 < 1.5 * linear.nearest(images, labels))
