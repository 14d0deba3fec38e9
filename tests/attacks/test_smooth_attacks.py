"""Smooth attacks: their perturbations follow the image, and sDDN is quick."""

import numpy as np
import pytest

from percept_adv.attacks import attack
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.roughness import Roughness

OPTIONS = {
    "ddn": {},
    "sddn": {"alpha": 0.9},
    "alma": {"iterations": 60},
    "salma": {"alpha": 0.9, "iterations": 60},
}


def roughness(name, linear, images, labels):
    """Return the energy r^T L_alpha r over the squared norm of each perturbation r."""
    result = attack(name, linear.classifier, images, labels, **OPTIONS[name])
    assert result.success.all()
    r = result.adversarial.astype(np.float64) - images
    energy = Roughness.build(images, SmoothingOptions(alpha=0.9)).apply(r)
    return np.sum(r * energy, axis=(1, 2, 3)) / np.sum(r * r, axis=(1, 2, 3))


@pytest.mark.parametrize(("rough", "smooth"), [("ddn", "sddn"), ("alma", "salma")])
def test_perturbations_are_smoother_than_those_of_the_attack_without_guide(linear, rough, smooth):
    images, labels = linear.images(6)
    assert np.all(
        roughness(smooth, linear, images, labels) < roughness(rough, linear, images, labels)
    )


def test_sddn_needs_no_more_than_its_few_gradients(linear):
    images, labels = linear.images(8)
    result = attack("sddn", linear.classifier, images, labels, alpha=0.5)
    assert result.success.all()
    # 17 steps, and the repair of what rounding breaks.
    assert np.all(result.backward_count <= 17 + 8)
    assert result.backward_count.mean() <= 20
    long = attack("sddn", linear.classifier, images, labels, alpha=0.5, iterations=200)
    assert np.all(result.l2 <= 1.05 * long.l2)
