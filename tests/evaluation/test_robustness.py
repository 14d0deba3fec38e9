"""Robust accuracy against what is written down by hand, and the search of the least distortion."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from percept_adv import Classifier, attacks
from percept_adv.evaluation import Sample
from percept_adv.evaluation.protocol import AttackOutcomes, Chosen
from percept_adv.evaluation.robustness import (
    default_levels,
    robust_accuracy,
    robustness_curve,
    show_level,
    worst_case,
)
from percept_adv.evaluation.searching import attack_variant, distortion
from percept_adv.evaluation.variants import Variant
from percept_adv.storing import Png


def outcomes(attack, rows):
    """Build outcomes from (distance or None, wrong without attack, blind) for each image."""
    chosen = []
    for i, (distance, wrong, blind) in enumerate(rows):
        fooled = distance is not None
        record = {
            "success": fooled or wrong, "already_misclassified": wrong, "is_blind": blind,
            "stored_l2": distance or 0.0, "stored_linf": (distance or 0.0) / 10, "seconds": 1.0,
            "forward_count": 2, "backward_count": 3,
        }  # fmt: skip
        far = distance if fooled else math.inf
        least = {"l2": 0.0 if wrong else far, "linf": 0.0 if wrong else far / 10}
        chosen.append(Chosen(Sample(f"{i}.png", 0, str(i)), f"{attack}{i}", record, "{}", least))
    return AttackOutcomes(attack, 1, tuple(chosen))


FIRST = outcomes("first", [(1.0, 0, 0), (None, 0, 1), (0.5, 0, 0), (0.0, 1, 0), (None, 0, 1)])
SECOND = outcomes("second", [(2.0, 0, 0), (None, 0, 1), (0.25, 0, 0), (0.0, 1, 0), (3.0, 0, 0)])


def test_robust_accuracy_counts_all_images():
    expected = {0.0: 0.8, 0.25: 0.8, 0.5: 0.6, 0.999: 0.6, 1.0: 0.4, 9.0: 0.4}
    assert {eps: robust_accuracy(FIRST, "l2", eps) for eps in expected} == pytest.approx(expected)
    assert robust_accuracy(FIRST, "linf", 0.05) == pytest.approx(0.6)
    assert math.isnan(robust_accuracy(AttackOutcomes("none", 1, ()), "l2", 1.0))


def test_the_worst_case_is_no_better_than_any_attack():
    both = worst_case([FIRST, SECOND])
    assert [one.least["l2"] for one in both.chosen] == [1.0, math.inf, 0.25, 0.0, 3.0]
    assert [one.record["seconds"] for one in both.chosen] == [2.0] * 5
    assert len(both.failures) == 1
    assert len(both.blind) == 1
    assert len(FIRST.blind) == 2
    partial = AttackOutcomes("second", 1, SECOND.chosen[:2])
    assert len(worst_case([FIRST, partial]).chosen) == 2


@given(st.lists(st.tuples(st.none() | st.floats(0.01, 9), st.booleans(), st.booleans())))
def test_the_curve_is_robust_accuracy_everywhere(rows):
    one = outcomes("any", rows)
    distances, shares = robustness_curve(one, "l2")
    assert list(distances) == sorted(distances)
    assert np.all(np.diff(shares) <= 0)
    if rows:
        for distance, share in zip(distances, shares, strict=True):
            right = np.mean([wrong == 0 and (d is None or d > distance) for d, wrong, _ in rows])
            assert share == pytest.approx(right)
    levels = default_levels(one)
    assert all(1 <= len(own) <= 4 for own in levels.values())


def test_levels_lie_where_the_attacks_differ():
    assert set(default_levels(worst_case([FIRST, SECOND]))["l2"]) <= {0.2, 0.5, 1.0, 2.0, 5.0}
    assert show_level("linf", 8 / 255) == "Linf 8/255"
    assert show_level("linf", 0.05) == "Linf 0.05"
    assert show_level("l2", 0.5) == "L2 0.5"


@pytest.mark.parametrize("attack", ["fgsm", "pgd2"])
def test_the_search_finds_the_least_rung(attack):
    """Each image's distortion succeeds, the rung below fails, and the others do not matter."""
    classifier = Classifier("c4", provider="cpu", batch_size=1)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1), dtype=np.uint8) / 255
    images = images.astype(np.float32)
    labels = classifier.predict(images)
    labels[-1] = (labels[-1] + 1) % 10
    variant = Variant(attack, {} if attack == "fgsm" else {"iterations": 5})
    assert variant.searches
    request = attacks.AttackRequest(
        classifier, images, labels, store=[Png()] * len(images), batch_size=1
    )
    found = {outcome.index: (outcome, eps) for outcome, eps in attack_variant(variant, request)}
    assert found[4][0].already_misclassified
    rungs = {distortion(attack, rung): rung for rung in range(-41, 17)}
    declared = attacks.find(attack).parameters
    for i in range(4):
        outcome, eps = found[i]
        assert outcome.success
        for rung, succeeds in ((rungs[eps], True), (rungs[eps] - 1, False)):
            radius = distortion(attack, rung)
            step = {}
            if attack == "pgd2":
                ratio = radius / declared["eps"].default
                step = {"step_size": ratio * declared["step_size"].default, "iterations": 5}
            again = attacks.attack(
                attack, classifier, images[i : i + 1], labels[i : i + 1], eps=radius, **step
            )
            assert bool(again.success[0]) is succeeds
        alone = next(attack_variant(variant, request.take([i])))
        assert (alone[1], alone[0].backward_count) == (eps, outcome.backward_count)
        np.testing.assert_array_equal(alone[0].stored, outcome.stored)
        assert outcome.backward_count > 4
