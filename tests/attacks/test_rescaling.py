"""The least scale of a perturbation, against linear models where it is known."""

import numpy as np
import pytest

from percept_adv.attacks.engine.rescaling import least_scale
from percept_adv.errors import ParameterError, ShapeError
from percept_adv.images import from_uint8, to_uint8


def towards_rival(linear, image, label):
    """The direction that closes the gap to the second class, and the scale where it is closed."""
    logits = linear.logits(image[np.newaxis])[0]
    rival = np.argsort(logits)[-2]
    normal = (linear.weights[rival] - linear.weights[label]).reshape(image.shape)
    direction = normal / np.linalg.norm(normal)
    return direction, (logits[label] - logits[rival]) / np.linalg.norm(normal)


@pytest.mark.parametrize("index", range(6))
def test_scale_is_that_of_the_boundary(linear, index):
    images, labels = linear.images(6, seed=4)
    image, label = images[index], labels[index]
    direction, boundary = towards_rival(linear, image, label)
    found = least_scale(linear.classifier, image, direction, precision=1e-4)
    # Rounding to 8 bits moves the logits a little either way.
    assert found.scale == pytest.approx(boundary, rel=0.05)
    assert found.success
    assert not found.already_misclassified
    assert (found.label, found.label_before) == (label, label)
    expected = to_uint8(np.clip(image + found.scale * direction, 0, 1))
    np.testing.assert_array_equal(found.stored, expected)
    after = linear.classifier.predict(from_uint8(found.stored, np.float32)[np.newaxis])[0]
    assert after == found.label_after != label
    assert found.forward_count < 60


def test_a_direction_that_never_helps_gives_the_image_of_scale_1(linear):
    images, labels = linear.images(1)
    direction, _ = towards_rival(linear, images[0], labels[0])
    found = least_scale(linear.classifier, images[0], -1e-3 * direction, largest=5.0)
    assert not found.success
    assert found.scale == 1.0
    np.testing.assert_array_equal(found.stored, to_uint8(images[0] - 1e-3 * direction))


def test_no_direction_at_all(linear):
    images, _ = linear.images(1)
    found = least_scale(linear.classifier, images[0], np.zeros_like(images[0]))
    assert not found.success
    np.testing.assert_array_equal(found.stored, to_uint8(images[0]))


def test_misclassified_to_begin_with(linear):
    images, labels = linear.images(1)
    wrong = (labels[0] + 1) % 4
    found = least_scale(linear.classifier, images[0], np.ones_like(images[0]), label=wrong)
    assert found.success
    assert found.already_misclassified
    assert found.scale == 0.0
    np.testing.assert_array_equal(found.stored, to_uint8(images[0]))


def test_grey_images_need_no_channel_axis(linear):
    images, labels = linear.images(1)
    image = images[0, ..., 0]
    direction, _ = towards_rival(linear, image, labels[0])
    found = least_scale(linear.classifier, image, direction)
    assert found.success
    assert found.stored.shape == image.shape


def test_refusals(linear):
    images, _ = linear.images(1)
    with pytest.raises(ShapeError, match="direction"):
        least_scale(linear.classifier, images[0], np.zeros((6, 5, 1)))
    with pytest.raises(ParameterError, match="classes 0 to 3"):
        least_scale(linear.classifier, images[0], images[0], label=4)
