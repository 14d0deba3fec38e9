"""Attacks against models whose nearest adversarial image is known."""

import numpy as np
import pytest
from attack_cases import ALL, FIXED, MINIMUM_L2
from linear_models import PIXELS, SIDE, linear_classifier

from percept_adv.attacks import attack, declarations, fallback, find
from percept_adv.images import from_uint8


def targets_of(linear, labels):
    return (labels + 1) % len(linear.weights)


def test_every_attack_is_a_case():
    assert set(ALL) == {one.name for one in declarations() if one.independent}
    fixed = {one.name for one in declarations() if one.family == "fixed distortion"}
    assert set(FIXED) == fixed & set(ALL)


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("name", MINIMUM_L2)
def test_distance_is_within_5_percent_of_the_nearest(binary, name, count):
    images, labels = binary.images(count)
    result = attack(name, binary.classifier, images, labels, **MINIMUM_L2[name])
    nearest = binary.nearest(images, labels)
    assert result.success.all()
    assert np.all(result.l2 <= 1.05 * nearest)
    assert np.all(result.l2 >= nearest * (1 - 1e-4))
    # Rounding 36 samples to 8 bits costs more of a perturbation as short as these.
    assert np.all(result.stored_l2 <= 1.08 * nearest)


@pytest.mark.parametrize("name", ALL)
def test_success_is_what_the_deployed_model_says_of_the_stored_image(linear, name):
    images, labels = linear.images(8)
    result = attack(name, linear.classifier, images, labels, **ALL[name])
    stored = from_uint8(result.stored, np.float32)
    assert np.array_equal(linear.classifier.predict(stored), result.label_after)
    assert np.array_equal(result.success, result.label_after != labels)
    assert result.success.all()
    distances = np.linalg.norm((stored - images).reshape(8, -1), axis=1)
    np.testing.assert_allclose(result.stored_l2, distances, rtol=1e-5)
    assert result.adversarial.min() >= 0
    assert result.adversarial.max() <= 1


@pytest.mark.parametrize("name", ALL)
def test_targeted_attacks_reach_their_targets(linear, name):
    images, labels = linear.images(3)
    targets = targets_of(linear, labels)
    larger = {"eps": 3 * FIXED[name]["eps"]} if name in FIXED else {}
    result = attack(
        name, linear.classifier, images, labels, targets=targets, **{**ALL[name], **larger}
    )
    assert result.success.all()
    assert np.array_equal(result.label_after, targets)
    assert np.array_equal(result.target, targets)
    assert np.all(result.l2 >= linear.nearest_target(images, labels, targets) * (1 - 1e-4))


@pytest.mark.parametrize("name", FIXED)
def test_fixed_distortions_are_kept_to_as_stored(linear, name):
    images, labels = linear.images(8)
    for factor in (0.1, 0.53, 1.0):
        eps = FIXED[name]["eps"] * factor
        options = {**FIXED[name], "eps": eps}
        result = attack(name, linear.classifier, images, labels, **options)
        norm = find(name).distances[0]
        measured, stored = getattr(result, norm), getattr(result, f"stored_{norm}")
        assert np.all(measured <= eps + 1e-5)
        assert np.all(stored <= eps + 1e-5)


@pytest.mark.parametrize("name", ALL)
def test_a_model_that_cannot_be_fooled_is_a_failure(tmp_path, name, monkeypatch):
    monkeypatch.setattr(fallback, "_QUERIES", 20)  # How many there are is not what is tested.
    constant = linear_classifier(tmp_path, np.zeros((3, PIXELS)), [2.0, 0.0, -1.0])
    images = np.full((2, SIDE, SIDE, 1), 0.5, np.float32)
    result = attack(name, constant, images, np.zeros(2, int), **ALL[name])
    assert not result.success.any()
    assert not result.already_misclassified.any()
    assert np.isfinite(result.adversarial).all()
    assert np.isfinite(result.l2).all()
    assert np.array_equal(result.label_after, [0, 0])
    # An attack without any usable gradient is tried once more with its other loss.
    most = 2 * find(name).make(**ALL[name]).most_gradients
    assert np.all(result.backward_count <= most)


@pytest.mark.parametrize("name", ALL)
def test_an_image_of_another_class_is_not_attacked(linear, name):
    images, labels = linear.images(3)
    wrong = labels.copy()
    wrong[1] = (wrong[1] + 1) % 4
    result = attack(name, linear.classifier, images, wrong, **ALL[name])
    assert np.array_equal(result.already_misclassified, [False, True, False])
    assert result.success[1]
    assert result.l2[1] == 0
    assert result.backward_count[1] == 0
    assert np.array_equal(result.adversarial[1], images[1])


@pytest.mark.parametrize("name", ALL)
def test_results_do_not_depend_on_the_batch(linear, name):
    images, labels = linear.images(5)
    together = attack(name, linear.classifier, images, labels, **ALL[name])
    pairs = attack(name, linear.classifier, images, labels, batch_size=2, **ALL[name])
    again = attack(name, linear.classifier, images, labels, **ALL[name])
    assert np.array_equal(together.stored, again.stored)
    assert np.array_equal(together.adversarial, again.adversarial)
    # Sums in another order differ in the last bit, which an iteration may amplify.
    np.testing.assert_allclose(pairs.l2, together.l2, rtol=2e-2)


@pytest.mark.parametrize("name", ALL)
def test_a_budget_is_kept_and_more_never_hurts(linear, name):
    images, labels = linear.images(3)
    before = np.full(3, np.inf)
    for budget in (3, 12, 40, 120):
        result = attack(
            name, linear.classifier, images, labels, max_evaluations=budget, **ALL[name]
        )
        assert np.all(result.backward_count <= budget)
        found = np.where(result.success, result.l2, np.inf)
        if name not in FIXED:
            assert np.all(found <= before * (1 + 1e-6))
        assert np.all(np.isfinite(found) >= np.isfinite(before))
        before = found


@pytest.mark.parametrize("name", ALL)
def test_ties_and_hard_pixels_give_numbers(linear, name):
    """Equal logits, and samples at exactly 0 and 1."""
    images = np.zeros((2, SIDE, SIDE, 1), np.float32)
    images[0] = 0.5
    images[1, ::2] = 1.0
    labels = linear.classifier.predict(images)
    result = attack(name, linear.classifier, images, labels, **ALL[name])
    assert np.isfinite(result.adversarial).all()
    assert result.success[0]
