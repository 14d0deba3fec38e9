"""Random numbers of attacks: where they come from, and what depends on them."""

import numpy as np
import pytest

from percept_adv.attacks import AttackRequest, attack, attack_each, declarations, find, make_rule
from percept_adv.attacks.numerics.norms import L2, LINF
from percept_adv.attacks.numerics.random_numbers import image_seeds, normal, uniform
from percept_adv.errors import ParameterError

LIKE = np.zeros((3, 60, 70, 3), np.float32)
RANDOM = {
    "ifgsm": {"eps": 0.02, "step_size": 0.004, "iterations": 1, "restarts": 4},
    "mifgsm": {"eps": 0.02, "step_size": 0.004, "iterations": 1, "restarts": 4},
    "pgd2": {"eps": 0.1, "step_size": 0.005, "iterations": 1, "restarts": 4},
    "apgd": {"initial_eps": 0.05, "iterations": 2, "search_steps": 2, "restarts": 4},
}


def seeds():
    return np.array([1, 2, 3], np.uint32)


def test_numbers_are_uniform_and_normal_and_differ_from_draw_to_draw():
    draws = np.array([0, 1, 2], np.float32)
    numbers = uniform(seeds(), draws, LIKE)
    assert numbers.dtype == np.float32
    assert numbers.min() > 0
    assert numbers.max() < 1
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    # 19 degrees of freedom: chi squared above 43.8 has a probability of 0.001.
    assert np.sum((counts - counts.mean()) ** 2 / counts.mean()) < 43.8
    bells = normal(seeds(), draws, LIKE)
    assert abs(bells.mean()) < 0.02
    assert abs(bells.std() - 1) < 0.02
    assert abs(np.mean(bells**3)) < 0.1
    for one, other in ((0, 1), (1, 2)):
        assert abs(np.corrcoef(numbers[one].ravel(), numbers[other].ravel())[0, 1]) < 0.03
    flat = numbers[0].ravel()
    assert abs(np.corrcoef(flat[:-1], flat[1:])[0, 1]) < 0.03
    again = uniform(seeds()[1:2], draws[1:2], LIKE[1:2])
    assert np.array_equal(again, numbers[1:2])
    assert not np.array_equal(uniform(seeds(), draws + 1, LIKE)[0], numbers[0])


def test_random_perturbations_fill_their_ball():
    draw = np.zeros(3, np.float32)
    far = LINF.sample(seeds(), draw, LIKE)
    assert np.abs(far).max() <= 1
    assert np.abs(far).max() > 0.99
    lengths = np.linalg.norm(L2.sample(seeds(), draw, LIKE).reshape(3, -1), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)


def test_an_images_seed_is_its_own():
    images = np.random.default_rng(0).random((4, 5, 6, 1)).astype(np.float32)
    found = image_seeds(images, 7)
    assert len(set(found.tolist())) == 4
    assert np.array_equal(image_seeds(images[::-1], 7)[::-1], found)
    assert not np.array_equal(image_seeds(images, 8), found)


@pytest.mark.parametrize("name", RANDOM)
def test_results_repeat_with_a_seed_and_change_with_it(linear, name):
    """Inside balls that hold no adversarial image, so that all restarts are made."""
    images, labels = linear.images(4)

    def run(seed, rows=slice(None), **changed):
        options = {**RANDOM[name], **changed}
        return attack(name, linear.classifier, images[rows], labels[rows], seed=seed, **options)

    first = run(0)
    assert np.array_equal(first.adversarial, run(0).adversarial)
    assert not np.array_equal(first.adversarial, run(1).adversarial)
    # Neither the order of images nor their batch matters.
    turned = run(0, slice(None, None, -1))
    np.testing.assert_allclose(turned.adversarial[::-1], first.adversarial, atol=1e-6)
    assert np.all(first.backward_count > run(0, restarts=0).backward_count)
    assert np.array_equal(run(0, restarts=0).adversarial, run(1, restarts=0).adversarial)


@pytest.mark.parametrize("name", RANDOM)
def test_restarts_stay_inside_and_never_hurt(linear, name):
    images, labels = linear.images(6)
    eps = {"ifgsm": 0.1, "mifgsm": 0.1, "pgd2": 0.5, "apgd": 0.3}[name]
    size = {"initial_eps": eps} if name == "apgd" else {"eps": eps}
    once, often = (
        attack(
            name,
            linear.classifier,
            images,
            labels,
            **{**RANDOM[name], **size, "restarts": restarts},
        )
        for restarts in (0, 6)
    )
    assert np.all(often.success >= once.success)
    if name != "apgd":
        lengths = getattr(often, find(name).distances[0])
        assert np.all(lengths <= eps * (1 + 1e-5))


def test_a_negative_number_of_restarts_is_refused():
    for name in RANDOM:
        with pytest.raises(ParameterError, match="restarts is -1"):
            make_rule(name, restarts=-1)


def test_attacks_with_random_numbers_say_what_they_are_for():
    said = {one.name for one in declarations() if one.random}
    restarting = {one.name for one in declarations() if "restarts" in one.parameters}
    assert said == restarting | {"nes", "square", "universal"}
    assert set(RANDOM) <= restarting


def test_only_attacks_with_random_numbers_say_so(linear):
    images, labels = linear.images(1)
    for name, options in RANDOM.items():
        assert make_rule(name, **options).is_random
        assert not make_rule(name).is_random
    outcomes = [
        next(
            attack_each(
                make_rule("ddn"), AttackRequest(linear.classifier, images, labels, seed=seed)
            )
        )
        for seed in (0, 1)
    ]
    assert np.array_equal(outcomes[0].adversarial, outcomes[1].adversarial)
