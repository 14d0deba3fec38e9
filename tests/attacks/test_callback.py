"""What a callback is told, and what its answer ends."""

import numpy as np
import pytest

from percept_adv import attacks
from percept_adv.errors import ParameterError


def test_it_is_told_the_best_distance_of_each_image(linear):
    images, labels = linear.images(5)
    best = {}

    def watch(step):
        assert len(step.indices) == len(step.distances) == step.active <= 3
        assert np.isfinite(step.distances).sum() == step.found
        for index, distance in zip(step.indices, step.distances, strict=True):
            assert distance <= best.get(int(index), np.inf)
            best[int(index)] = distance

    result = attacks.ddn(
        linear.classifier, images, labels, iterations=30, batch_size=3, callback=watch
    )
    assert result.success.all()
    assert [best[i] for i in range(5)] == pytest.approx(result.l2, rel=1e-5)


def stop_by_true(step):
    return step.step == 12


def stop_by_exception(step):
    if step.step == 12:
        raise StopIteration


@pytest.mark.parametrize("stop", [stop_by_true, stop_by_exception])
def test_it_ends_the_attack(stop, linear):
    images, labels = linear.images(6)
    result = attacks.cw(linear.classifier, images, labels, batch_size=4, callback=stop)
    assert len(result) == 6
    # Those in the batch come back with their best so far, the others as they are.
    assert result.success[:4].any()
    assert (result.backward_count[:4] >= 12).all()
    assert not result.success[4:].any()
    np.testing.assert_array_equal(result.stored[4:], np.rint(images[4:] * 255))
    np.testing.assert_array_equal(result.backward_count[4:], 0)
    for one in result.items:
        assert (linear.logits(one.stored[None] / 255).argmax() != one.label) == one.success


def test_it_ends_images_that_are_good_enough(linear):
    images, labels = linear.images(6)
    options = {"batch_size": 4, "search_steps": 3}
    whole = attacks.cw(linear.classifier, images, labels, **options)
    short = attacks.cw(
        linear.classifier, images, labels, **options, callback=lambda step: step.distances < 9
    )
    assert short.success.all()
    assert (short.backward_count < whole.backward_count / 5).all()


def test_a_search_for_all_images_ends_too(linear):
    images, labels = linear.images(6)
    steps = []

    def stop(step):
        steps.append(step.step)
        return step.step == 3

    attacks.universal(linear.classifier, images, labels, eps=2.0, callback=stop)
    assert steps[:3] == [1, 2, 3]


def test_another_answer_is_refused(linear):
    images, labels = linear.images(2)
    with pytest.raises(ParameterError, match="the callback answers 3: return True"):
        attacks.ddn(linear.classifier, images, labels, callback=lambda _: 3)


def test_one_target_for_all_images(linear):
    images, labels = linear.images(8)
    result = attacks.ddn(linear.classifier, images, labels, targets=1, iterations=60)
    assert (result.target == 1).all()
    np.testing.assert_array_equal(result.already_misclassified, labels == 1)
    assert result.success.all()
    assert (linear.logits(result.stored / 255).argmax(axis=1) == 1).all()
