"""One perturbation for all images."""

from time import perf_counter

import numpy as np
import pytest

from percept_adv.attacks import attack, make_rule, universal, universal_perturbation
from percept_adv.errors import ParameterError


@pytest.mark.parametrize("distance", ["l2", "linf"])
def test_one_perturbation_of_bounded_norm_fools_most_images_of_a_class(binary, distance):
    images, labels = binary.images(12)
    images, labels = images[labels == labels[0]], labels[labels == labels[0]]
    eps = 2 * binary.nearest(images, labels, 2 if distance == "l2" else 1).max()
    result = universal(binary.classifier, images, labels, eps=eps, distance=distance)
    assert result.success.mean() >= 0.8
    lengths = result.l2 if distance == "l2" else result.linf
    assert np.all(lengths <= eps * (1 + 1e-5))
    v = universal_perturbation(binary.classifier, images, labels, eps=eps, distance=distance)
    np.testing.assert_array_equal(result.adversarial, np.clip(images + v, 0, 1))
    # What is stored is that perturbation too: no image is mended on its own.
    rounded = np.rint(np.clip(images + v, 0, 1) * 255).astype(np.uint8)
    np.testing.assert_array_equal(result.stored, rounded)
    assert result.backward_count.min() >= 1


def test_the_search_is_part_of_what_an_image_costs(binary):
    images, labels = binary.images(6)
    search = make_rule("universal", rounds=2, fooling_rate=1.0, eps=1e-4)
    found = search.find(binary.classifier, images, labels)
    begin = perf_counter()
    result = universal(binary.classifier, images, labels, rounds=2, fooling_rate=1.0, eps=1e-4)
    passed = perf_counter() - begin
    counts = np.array([cost[:2] for cost in found.costs])
    # Two rounds, of which each looks at the image and counts it in the end.
    assert counts[:, 0].min() >= 4
    assert np.all(result.forward_count > counts[:, 0])
    assert np.all(result.backward_count >= counts[:, 1])
    assert 0.2 * passed < result.seconds.sum() <= passed


def test_it_says_what_it_cannot_do(binary):
    images, labels = binary.images(2)
    with pytest.raises(ParameterError, match="no target classes"):
        universal(binary.classifier, images, labels, targets=1 - labels)
    with pytest.raises(ParameterError, match="no budget for each image: leave max_evaluations out"):
        attack("universal", binary.classifier, images, labels, max_evaluations=5)
