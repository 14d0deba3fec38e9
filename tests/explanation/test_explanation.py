"""Explanations: what the methods say of functions whose answer is known, and captum's."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from percept_adv.classifier import Classifier
from percept_adv.errors import ModelError, ParameterError
from percept_adv.explanation import (
    METHODS,
    Range,
    explain,
    export_explanation,
    grad_cam,
    heat_picture,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from percept_adv.runtime import Session

SIDE, CLASSES = 10, 3
GENERATOR = np.random.default_rng(4)
WEIGHTS = GENERATOR.normal(0, 0.4, (6, 3, 3, 3)).astype(np.float32)
HEAD = GENERATOR.normal(0, 1, (6, CLASSES)).astype(np.float32)
IMAGES = GENERATOR.random((2, SIDE, SIDE, 3), dtype=np.float32)


def network():
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["p"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", CLASSES])],
        [numpy_helper.from_array(WEIGHTS, "w"), numpy_helper.from_array(HEAD, "m")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def classifier():
    return Classifier(network(), provider="cpu")


@pytest.mark.parametrize("method", METHODS)
def test_shapes_classes_and_sizes(classifier, method):
    found = explain(method, classifier, IMAGES)
    assert found.maps.shape == (2, SIDE, SIDE)
    assert (found.maps >= 0).all()
    np.testing.assert_array_equal(found.classes, classifier.predict(IMAGES))
    np.testing.assert_array_equal(found.scores, classifier.logits(IMAGES).max(axis=1))


def test_shares_sum_up_to_the_rise_of_the_score(classifier):
    """Completeness, the axiom that integrated gradients are built on."""
    classes = np.array([0, 2])
    shares = explain("integrated_gradients", classifier, IMAGES, classes, steps=300).attributions
    rise = classifier.logits(IMAGES) - classifier.logits(np.zeros_like(IMAGES))
    np.testing.assert_allclose(shares.sum(axis=(1, 2, 3)), rise[[0, 1], classes], rtol=1e-2)


def test_without_noise_smoothgrad_is_the_gradient(classifier):
    smooth = explain("smoothgrad", classifier, IMAGES, samples=3, noise=0.0)
    plain = explain("saliency", classifier, IMAGES)
    np.testing.assert_allclose(np.abs(smooth.attributions), plain.attributions, rtol=1e-4)
    first = explain("smoothgrad", classifier, IMAGES, seed=1).attributions
    np.testing.assert_array_equal(
        first, explain("smoothgrad", classifier, IMAGES, seed=1).attributions
    )
    assert (first != explain("smoothgrad", classifier, IMAGES, seed=2).attributions).any()


def test_captum_says_the_same(classifier):
    torch = pytest.importorskip("torch")
    attr = pytest.importorskip("captum.attr")

    class Twin(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.pool = torch.nn.MaxPool2d(2)

        def forward(self, x):
            x = torch.relu(torch.nn.functional.conv2d(x, torch.tensor(WEIGHTS), padding=1))
            return self.pool(x).mean(dim=(2, 3)) @ torch.tensor(HEAD)

    twin, classes = Twin(), np.array([1, 2])
    x = torch.tensor(IMAGES.transpose(0, 3, 1, 2).copy(), requires_grad=True)
    target = torch.tensor(classes)

    def last(tensor):
        return tensor.detach().numpy().transpose(0, 2, 3, 1)

    def ours(method, **options):
        return explain(method, classifier, IMAGES, classes, **options).attributions

    expected = last(attr.Saliency(twin).attribute(x, target=target))
    np.testing.assert_allclose(ours("saliency"), expected, rtol=1e-3, atol=1e-6)
    shares = attr.IntegratedGradients(twin).attribute(
        x, target=target, n_steps=50, method="riemann_middle"
    )
    np.testing.assert_allclose(ours("integrated_gradients"), last(shares), rtol=1e-3, atol=1e-5)
    cam = attr.LayerGradCam(twin, twin.pool).attribute(x, target=target, relu_attributions=True)
    small = export_explanation(network(), "grad_cam")
    feeds = {"x": x.detach().numpy(), "label": classes}
    (found,) = Session(small).run(feeds, ["explanation"])
    np.testing.assert_allclose(found, cam.detach().numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("method", ["saliency", "grad_cam"])
def test_the_exported_graph_says_what_the_function_says(classifier, method):
    classes = np.array([1, 2])
    graph = export_explanation(network(), method)
    feeds = {"x": IMAGES.transpose(0, 3, 1, 2).copy(), "label": classes}
    (found,) = Session(graph).run(feeds, ["explanation"])
    expected = explain(method, classifier, IMAGES, classes).attributions
    if method == "saliency":
        np.testing.assert_allclose(found.transpose(0, 2, 3, 1), expected, rtol=1e-4, atol=1e-6)
    else:
        assert found.shape == (2, 1, SIDE // 2, SIDE // 2)
        assert found.max() == pytest.approx(expected.max(), rel=0.35)


def bytes_network():
    model = network()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["real"], to=TensorProto.FLOAT))
    model.graph.node[1].input[0] = "real"
    return model


NORMALISED = {"mean": (0.4, 0.5, 0.3), "std": (0.2, 0.3, 0.25)}
DIVISOR = np.array(NORMALISED["std"], np.float32)


def exported(method, count=2, **options):
    """Run the graph of a method on what the pipeline makes of the images."""
    classifier = Classifier(network(), provider="cpu", preprocessing=NORMALISED)
    graph = export_explanation(network(), method, values=Range.of(classifier.pipeline), **options)
    prepared = ((IMAGES - NORMALISED["mean"]) / DIVISOR).transpose(0, 3, 1, 2).astype(np.float32)
    feeds = {"x": prepared[:count], "label": np.array([1, 2])[:count]}
    scores, found = Session(graph).run(feeds, ["y", "explanation"])
    np.testing.assert_allclose(scores, classifier.logits(IMAGES[:count]), rtol=1e-4, atol=1e-5)
    return classifier, found.transpose(0, 2, 3, 1)


@pytest.mark.parametrize("count", [1, 2])
def test_integrated_gradients_as_a_graph(count):
    classifier, found = exported("integrated_gradients", count, steps=20)
    classes = np.array([1, 2])[:count]
    expected = explain("integrated_gradients", classifier, IMAGES[:count], classes, steps=20)
    np.testing.assert_allclose(found, expected.attributions, rtol=1e-3, atol=1e-5)


def test_smoothgrad_as_a_graph():
    """Without noise it is the gradient; with noise it comes near the function's, as it draws."""
    classifier, found = exported("smoothgrad", samples=2, noise=0.0)
    classes = np.array([1, 2])
    plain = explain("smoothgrad", classifier, IMAGES, classes, samples=1, noise=0.0).attributions
    np.testing.assert_allclose(found, plain * DIVISOR, rtol=1e-3, atol=1e-6)
    _, found = exported("smoothgrad", samples=400, noise=0.15)
    expected = explain("smoothgrad", classifier, IMAGES, classes, samples=400).attributions
    apart = np.abs(found - expected * DIVISOR).mean() / np.abs(expected * DIVISOR).mean()
    assert apart < 0.15 < np.abs(found - plain * DIVISOR).mean() / np.abs(found).mean()


def test_layers(classifier):
    assert classifier.differentiated.feature_maps() == ["a", "r", "p"]
    early = explain("grad_cam", classifier, IMAGES, layer="r").attributions
    assert early.shape == (2, SIDE, SIDE)
    with pytest.raises(ModelError, match="no tensor 'relu'"):
        explain("grad_cam", classifier, IMAGES, layer="relu")
    with pytest.raises(ModelError, match="takes a feature map"):
        explain("grad_cam", classifier, IMAGES, layer="f")


def test_what_cannot_be_explained_is_told(classifier):
    with pytest.raises(ParameterError, match="no method 'lime'"):
        explain("lime", classifier, IMAGES)
    with pytest.raises(ParameterError, match="class 3"):
        explain("saliency", classifier, IMAGES, np.array([0, 3]))
    with pytest.raises(ParameterError, match="steps is 0"):
        explain("integrated_gradients", classifier, IMAGES, steps=0)
    with pytest.raises(ParameterError, match="no method 'lime'"):
        export_explanation(network(), "lime")
    with pytest.raises(ParameterError, match="samples is 0"):
        export_explanation(network(), "smoothgrad", samples=0)
    with pytest.raises(ParameterError, match="holds integers"):
        export_explanation(bytes_network(), "integrated_gradients")


@pytest.mark.parametrize("method", [saliency, smoothgrad, integrated_gradients, grad_cam])
@pytest.mark.parametrize("classes", [[3], [-1], [0, 0]])
def test_classes_that_are_none_of_the_model_s(classifier, method, classes):
    with pytest.raises(ParameterError, match=r"class 3|one class for each of 1 images"):
        method(classifier, IMAGES[:1], np.array(classes))


def test_a_picture_shows_where_the_heat_is():
    heat = np.zeros((8, 8))
    heat[2, 3] = 1
    picture = heat_picture(np.full((8, 8, 3), 0.5), heat).astype(int)
    assert picture.shape == (8, 8, 3)
    assert np.unravel_index(picture.sum(axis=2).argmax(), (8, 8)) == (2, 3)
    assert heat_picture(np.zeros((4, 4, 1)), np.zeros((4, 4))).max() < 20
