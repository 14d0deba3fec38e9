"""Models whose input is flat, (N, H W C): of known size, of a guessed one, and of none."""

import numpy as np
import pytest
from linear_models import PIXELS, SIDE, Linear, flat_model
from tiny_models import CLASSES, HEIGHT, WIDTH, weights

from percept_adv import Classifier
from percept_adv.attacks import attack
from percept_adv.errors import AmbiguousModelError, ParameterError, ShapeError

COUNT = HEIGHT * WIDTH * 3


@pytest.fixture
def linear(tmp_path):
    return Linear(tmp_path)


@pytest.fixture
def flat(linear, tmp_path):
    """The same classifier with a flat input."""
    return Classifier(flat_model(tmp_path / "flat.onnx", linear.weights, linear.bias))


def test_a_square_is_guessed_and_told(flat):
    assert flat.image_shape == (SIDE, SIDE, 1)
    assert any(f"{PIXELS} values are taken as images of {SIDE} x {SIDE}" in n for n in flat.notes)


def test_logits_and_gradients_are_those_of_the_model(flat, linear):
    images, labels = linear.images(3)
    np.testing.assert_allclose(flat.logits(images), linear.logits(images), rtol=1e-4, atol=1e-4)
    cotangent = np.eye(len(linear.weights), dtype=np.float32)[labels]
    wanted = linear.weights[labels].reshape(images.shape)
    np.testing.assert_allclose(flat.gradient(images, cotangent), wanted, rtol=1e-5, atol=1e-5)
    rows = images.reshape(len(images), -1)
    np.testing.assert_allclose(
        flat.gradient(rows, cotangent), linear.weights[labels], rtol=1e-5, atol=1e-5
    )


def test_an_attack_comes_near_the_nearest_adversarial_image(flat, linear):
    images, labels = linear.images(4)
    result = attack("ddn", flat, images, labels, iterations=60)
    nearest = linear.nearest(images, labels)
    assert result.success.all()
    assert (result.l2 >= nearest - 1e-4).all()
    assert (result.l2 <= 1.05 * nearest).all()


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
@pytest.mark.parametrize("at", ["network", "file"])
def test_colours_in_either_order(layout, order, at, tmp_path):
    matrix = weights()
    axes = (0, 3, 1, 2) if layout == "NCHW" else (0, 1, 2, 3)
    own = matrix[..., ::-1] if order == "BGR" else matrix
    path = flat_model(tmp_path / "flat.onnx", own.transpose(axes).reshape(CLASSES, -1))
    contract = {"layout": layout, "channel_order": order, "height": HEIGHT, "std": 0.5}
    classifier = Classifier(path, preprocessing=contract, at=at)
    if at == "file":
        classifier = classifier.at_file((HEIGHT, WIDTH, 3))
    levels = np.random.default_rng(1).integers(0, 256, (3, HEIGHT, WIDTH, 3), dtype=np.uint8)
    images = levels.astype(np.float32) / 255
    wanted = np.einsum("nhwc,khwc->nk", images, matrix) / 0.5
    np.testing.assert_allclose(classifier.logits(images), wanted, rtol=1e-4, atol=1e-4)
    evaluation = classifier.evaluate(images, wanted.argmax(axis=1), loss="logit_difference")
    np.testing.assert_allclose(evaluation.logits, wanted, rtol=1e-4, atol=1e-4)
    best, second = np.argsort(wanted, axis=1)[:, -1], np.argsort(wanted, axis=1)[:, -2]
    slope = np.abs(evaluation.gradient)
    np.testing.assert_allclose(
        slope, np.abs(matrix[best] - matrix[second]) / 0.5, rtol=1e-3, atol=1e-3
    )


def test_steps_of_a_contract_get_the_flat_end(tmp_path):
    path = flat_model(tmp_path / "flat.onnx", weights(channels=1).reshape(CLASSES, -1))
    steps = [
        {"kind": "colour_mode", "mode": "grey"},
        {"kind": "resize", "size": [HEIGHT, WIDTH]},
        {"kind": "rescale"},
    ]
    classifier = Classifier(path, preprocessing={"steps": steps})
    assert classifier.image_shape == (HEIGHT, WIDTH, 1)
    again = Classifier(path, preprocessing={"steps": classifier.pipeline.table()})
    assert again.pipeline == classifier.pipeline
    assert classifier.at_file((40, 50, 3)).logits(np.zeros((2, 40, 50, 3), np.uint8)).shape == (
        2,
        CLASSES,
    )


@pytest.mark.parametrize(
    ("samples", "given", "error", "told"),
    [
        (42, {}, AmbiguousModelError, "--height, --width"),
        (42, {"height": 5}, ShapeError, "height 5"),
        ("M", {}, AmbiguousModelError, "an open number of values"),
        (COUNT, {"height": HEIGHT, "width": WIDTH}, AmbiguousModelError, "--layout"),
        (42, {"height": 6, "width": 8}, ShapeError, "height 6, width 8"),
    ],
)
def test_what_does_not_tell_the_size_is_refused(samples, given, error, told, tmp_path):
    matrix = np.zeros((CLASSES, 42 if samples == "M" else samples))
    path = flat_model(tmp_path / "flat.onnx", matrix, samples=samples)
    with pytest.raises(error, match=told):
        Classifier(path, preprocessing=given or None)


def test_flat_is_true_or_false(tmp_path):
    path = flat_model(tmp_path / "flat.onnx", np.zeros((CLASSES, 36)))
    steps = [{"kind": "layout", "axes": "NCHW", "flat": "yes"}]
    with pytest.raises(ParameterError, match="flat is 'yes': give true or false"):
        Classifier(path, preprocessing={"steps": steps})


def test_a_contract_of_another_size_is_refused(tmp_path):
    path = flat_model(tmp_path / "flat.onnx", np.zeros((CLASSES, 36)))
    steps = [{"kind": "colour_mode", "mode": "grey"}, {"kind": "resize", "size": [5, 5]}]
    with pytest.raises(ShapeError, match="36 values in one row"):
        Classifier(path, preprocessing={"steps": steps})
