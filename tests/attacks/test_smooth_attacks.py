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


MASKED = {
    "scw": ("cw", {"search_steps": 4, "iterations": 40, "initial_c": 1.0, "learning_rate": 0.02}),
    "smoothness_penalty": (
        "cw",
        {"search_steps": 4, "iterations": 40, "initial_c": 1.0, "learning_rate": 0.02},
    ),
    "qpgd2": ("pgd2", {"eps": 1.0, "step_size": 0.1}),
    "sddn": ("ddn", {}),
    "salma": ("alma", {"iterations": 60}),
}


@pytest.mark.parametrize("smooth", MASKED)
def test_in_a_mask_perturbations_stay_and_are_smooth_to_its_edge(linear, smooth):
    rough, options = MASKED[smooth]
    images, labels = linear.images(6)
    mask = np.zeros(images.shape[:3], bool)
    mask[:3, :, 1:], mask[3:, 1:] = True, True
    region = mask[..., None].astype(np.float32)
    energy = Roughness.build(images, SmoothingOptions(alpha=0.9), region)

    def roughness(name, **more):
        result = attack(name, linear.classifier, images, labels, mask=mask, **options, **more)
        assert result.success.all()
        r = result.adversarial.astype(np.float64) - images
        assert (r[~mask] == 0).all()
        return np.sum(r * energy.apply(r), axis=(1, 2, 3)) / np.sum(r * r, axis=(1, 2, 3))

    without = roughness(rough)
    assert np.all(roughness(smooth, alpha=0.9) < without)
    if smooth != "smoothness_penalty":
        assert np.all(roughness(smooth, alpha=0.9, method="chebyshev") < without)


def test_sddn_needs_no_more_than_its_few_gradients(linear):
    images, labels = linear.images(8)
    result = attack("sddn", linear.classifier, images, labels, alpha=0.5)
    assert result.success.all()
    # 17 steps, and the repair of what rounding breaks.
    assert np.all(result.backward_count <= 17 + 8)
    assert result.backward_count.mean() <= 20
    long = attack("sddn", linear.classifier, images, labels, alpha=0.5, iterations=200)
    assert np.all(result.l2 <= 1.05 * long.l2)
