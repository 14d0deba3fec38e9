"""One perturbation for all images."""

import numpy as np
import pytest

from percept_adv.attacks import make_rule, universal, universal_perturbation
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
    assert result.backward_count.min() >= 1


def test_it_says_what_it_cannot_do(binary):
    images, labels = binary.images(2)
    with pytest.raises(ParameterError, match="no targets"):
        universal(binary.classifier, images, labels, targets=1 - labels)
    with pytest.raises(ParameterError, match="no rule for one image"):
        make_rule("universal")
