"""Logits and gradients of linear models are known; the dress must not change them."""

import numpy as np
import pytest
from onnx import TensorProto
from tiny_models import CLASSES, HEIGHT, WIDTH, linear, save, weights

from percept_adv import Classifier
from percept_adv.errors import (
    ModelError,
    ModelFormatError,
    ModelNotFoundError,
    ParameterError,
    ProviderError,
    ShapeError,
)
from percept_adv.runtime import available_providers


@pytest.fixture
def images():
    return np.random.default_rng(1).random((3, HEIGHT, WIDTH, 3), dtype=np.float32)


def expected_logits(images, matrix, mean=0.0, std=1.0):
    return np.einsum("khwc,nhwc->nk", matrix, (images - mean) / std)


DRESSES = {
    "NCHW": (linear(), {}),
    "NHWC": (linear(layout="NHWC"), {"layout": "NHWC"}),
    "fixed batch of 2": (linear(batch=2), {}),
    "float16": (linear(elem_type=TensorProto.FLOAT16), {}),
    "BGR": (linear(matrix=weights()[..., ::-1]), {"channel_order": "BGR"}),
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(("mean", "std"), [((0.0,), (1.0,)), ((0.5, 0.4, 0.3), (0.2, 0.3, 0.25))])
def test_logits_and_gradients_in_every_dress(dress, mean, std, images, tmp_path):
    model, fields = DRESSES[dress]
    own_order = slice(None, None, -1) if dress == "BGR" else slice(None)
    contract = {
        "height": HEIGHT,
        "width": WIDTH,
        "mean": np.broadcast_to(mean, 3)[own_order].tolist(),
        "std": np.broadcast_to(std, 3)[own_order].tolist(),
    }
    classifier = Classifier(save(model, tmp_path), preprocessing=contract | fields, provider="cpu")
    tolerance = 2e-2 if dress == "float16" else 1e-5
    expected = expected_logits(images, weights(), np.array(mean), np.array(std))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(classifier.logits(images), expected, atol=tolerance * scale)
    cotangent = np.random.default_rng(2).standard_normal((3, CLASSES)).astype(np.float32)
    gradient = classifier.gradient(images, cotangent)
    wanted = np.einsum("nk,khwc->nhwc", cotangent, weights() / np.array(std))
    np.testing.assert_allclose(gradient, wanted, atol=tolerance * np.abs(wanted).max())


def test_bytes_enter_as_whole_levels_and_gradients_pass_through(tmp_path):
    model = linear(elem_type=TensorProto.UINT8)
    classifier = Classifier(save(model, tmp_path), provider="cpu")
    levels = np.random.default_rng(3).integers(0, 256, (2, HEIGHT, WIDTH, 3))
    images = (levels / 255).astype(np.float32)
    expected = expected_logits(levels, weights())
    np.testing.assert_allclose(classifier.logits(images), expected, rtol=1e-4, atol=1e-2)
    one = np.eye(CLASSES, dtype=np.float32)[:2]
    np.testing.assert_allclose(classifier.gradient(images, one), 255 * weights()[:2], rtol=1e-4)


@pytest.mark.parametrize("ending", ["softmax", "hidden softmax"])
def test_probabilities_are_found_out_and_turned_into_log_odds(ending, images, tmp_path):
    matrix = 0.05 * weights()
    classifier = Classifier(save(linear(ending=ending, matrix=matrix), tmp_path), provider="cpu")
    assert any("log-odds" in note for note in classifier.notes)
    expected = expected_logits(images, matrix)
    differences = classifier.logits(images) - expected
    np.testing.assert_allclose(differences - differences[:, :1], 0, atol=1e-4)
    labels = expected.argmax(axis=1)
    evaluation = classifier.evaluate(images, labels, loss="logit_difference")
    second = np.argsort(expected, axis=1)[:, -2]
    np.testing.assert_allclose(evaluation.gradient, matrix[labels] - matrix[second], atol=1e-4)


def test_grey_images_without_a_channel_axis(tmp_path):
    classifier = Classifier(save(linear(channels=1), tmp_path), provider="cpu")
    grey = np.random.default_rng(4).random((2, HEIGHT, WIDTH), dtype=np.float32)
    assert classifier.pipeline.channel_order == "grey"
    assert classifier.gradient(grey, np.ones((2, CLASSES), np.float32)).shape == grey.shape
    np.testing.assert_allclose(
        classifier.logits(grey), classifier.logits(grey[..., np.newaxis]), rtol=0, atol=0
    )


def test_the_guess_is_told(tmp_path):
    classifier = Classifier(save(linear(), tmp_path), provider="cpu")
    assert any("guessed" in note for note in classifier.notes)


def test_a_bundled_model_needs_no_contract():
    classifier = Classifier("c4", provider="cpu")
    assert classifier.pipeline.size == (28, 28)
    assert classifier.class_names is not None
    assert not classifier.notes


@pytest.mark.parametrize("shape", [(3, 5, 7, 3), (3, HEIGHT, WIDTH, 1), (HEIGHT, WIDTH, 3)])
def test_images_of_another_shape_are_refused(shape, tmp_path):
    classifier = Classifier(save(linear(), tmp_path), provider="cpu")
    with pytest.raises(ShapeError, match="images have the shape"):
        classifier.logits(np.zeros(shape, np.float32))


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, CLASSES], [0, 1, -1], [0.0, 1.0, 2.0]])
def test_labels_that_are_no_classes_are_refused(labels, images, tmp_path):
    classifier = Classifier(save(linear(), tmp_path), provider="cpu")
    with pytest.raises(ParameterError, match="labels"):
        classifier.evaluate(images, np.array(labels), loss="margin")


def test_a_contract_that_does_not_fit_is_refused(tmp_path):
    path = save(linear(), tmp_path)
    with pytest.raises(ShapeError, match="correct the contract"):
        Classifier(path, preprocessing={"layout": "NHWC"}, provider="cpu")
    with pytest.raises(ParameterError, match="unknown field 'means'"):
        Classifier(path, preprocessing={"means": 0.5}, provider="cpu")


def test_files_that_are_no_models(tmp_path):
    with pytest.raises(ModelNotFoundError, match="no such file, and no bundled model"):
        Classifier(tmp_path / "missing.onnx")
    truncated = tmp_path / "truncated.onnx"
    truncated.write_bytes(linear().SerializeToString()[:-100])
    with pytest.raises(ModelFormatError, match="truncated"):
        Classifier(truncated)


def test_an_output_that_is_no_row_of_scores(tmp_path):
    model = linear()
    model.graph.node.add(op_type="Transpose", input=["scores"], output=["logits"])
    model.graph.node[1].output[0] = "scores"
    with pytest.raises(ModelError, match=r"one row of scores for each, \(2, K\)"):
        Classifier(save(model, tmp_path), provider="cpu")


def test_providers_have_to_prove_themselves():
    reasons = available_providers()
    assert reasons["cpu"] is None
    if reasons["cuda"] is None:
        assert Classifier("c4", provider="cuda").provider == "cuda"
    else:
        assert Classifier("c4").provider == "cpu"
        with pytest.raises(ProviderError, match="provider cuda is not available"):
            Classifier("c4", provider="cuda")


@pytest.mark.gpu
@pytest.mark.skipif(available_providers()["cuda"] is not None, reason="no CUDA here")
def test_cuda_computes_what_the_cpu_computes():
    images = np.random.default_rng(5).random((2, 224, 224, 3), dtype=np.float32)
    labels = np.array([1, 2])
    results = [
        Classifier("efficientnet-lite0", provider=provider).evaluate(
            images, labels, loss="logit_difference"
        )
        for provider in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(results[0].logits, results[1].logits, atol=1e-2)
    error = np.linalg.norm(results[0].gradient - results[1].gradient)
    assert error <= 1e-2 * np.linalg.norm(results[0].gradient)
