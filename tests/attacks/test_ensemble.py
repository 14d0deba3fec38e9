"""Several classifiers attacked together; what every one does alone says what is right."""

import numpy as np
import pytest
from linear_models import PIXELS, SIDE, Linear, linear_classifier

from percept_adv import Ensemble, attacks
from percept_adv.decisions.ensemble import Every
from percept_adv.errors import ParameterError, ShapeError

ATTACKS = {
    "ddn": {"iterations": 60},
    "cw": {"search_steps": 4},
    "pgd2": {"eps": 1.5},
    "deepfool": {},
}


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    first = Linear(tmp_path_factory.mktemp("first"))
    rng = np.random.default_rng(1)
    weights = first.weights + rng.normal(0, 0.8, first.weights.shape)
    second = linear_classifier(
        tmp_path_factory.mktemp("second"), 3 * weights, -1.5 * weights.sum(axis=1)
    )
    images, labels = first.images(6)
    assert (second.predict(images) == labels).all()
    return (first.classifier, second), images, labels


def softmax(scores):
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("attack", ATTACKS)
def test_all_have_to_be_fooled(attack, members):
    (first, second), images, labels = members
    result = attacks.attack(attack, Ensemble([first, second]), images, labels, **ATTACKS[attack])
    fooled = np.stack([m.predict(result.stored) != labels for m in (first, second)])
    np.testing.assert_array_equal(result.success, fooled.all(axis=0))
    assert result.success.all()
    alone = attacks.attack(attack, first, images, labels, **ATTACKS[attack])
    assert result.l2.mean() > 0.99 * alone.l2.mean()


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_mean_has_to_be_fooled(attack, members):
    pair, images, labels = members
    ensemble = Ensemble(pair, fooled="mean")
    result = attacks.attack(attack, ensemble, images, labels, **ATTACKS[attack])
    mean = np.mean([softmax(m.logits(result.stored)) for m in pair], axis=0)
    np.testing.assert_array_equal(result.success, mean.argmax(axis=1) != labels)
    assert result.success.all()
    np.testing.assert_allclose(np.exp(ensemble.logits(images)).sum(axis=1), 1, rtol=1e-5)


def test_a_target_is_reached_in_every_member(members):
    pair, images, labels = members
    result = attacks.ddn(Ensemble(pair), images, labels, targets=2, iterations=100)
    assert result.success.all()
    for member in pair:
        assert (member.predict(result.stored) == 2).all()
    np.testing.assert_array_equal(result.already_misclassified, labels == 2)


@pytest.mark.parametrize("fooled", ["all", "mean"])
def test_gradients_are_those_of_finite_differences(fooled, members):
    pair, images, labels = members
    ensemble = Ensemble(pair, fooled=fooled)
    rng = np.random.default_rng(0)
    inside = np.clip(images, 0.2, 0.8)
    direction = rng.standard_normal(inside.shape).astype(np.float32)
    cotangent = rng.standard_normal((len(inside), ensemble.class_count)).astype(np.float32)
    step = 1e-2
    moved = [ensemble.logits(inside + sign * step * direction) for sign in (1, -1)]
    numeric = ((moved[0] - moved[1]) * cotangent).sum(axis=1) / (2 * step)
    analytic = (ensemble.gradient(inside, cotangent) * direction).reshape(len(inside), -1).sum(1)
    np.testing.assert_allclose(analytic, numeric, rtol=0.02, atol=0.02)
    # A gap has a kink where another rival or member comes first: steps stay short of it.
    step = 5e-4
    for loss in ("logit_difference", "cross_entropy"):
        found = ensemble.evaluate(inside, labels, loss=loss)
        losses = [
            ensemble.evaluate(inside + sign * step * direction, labels, loss=loss).loss
            for sign in (1, -1)
        ]
        numeric = (losses[0] - losses[1]) / (2 * step)
        analytic = (found.gradient * direction).reshape(len(inside), -1).sum(1)
        np.testing.assert_allclose(analytic, numeric, rtol=0.05, atol=0.05)


def test_the_rule_of_several(members):
    (first, second), images, labels = members
    rule = Every(first.decision.rule, 2)
    scores = np.concatenate([first.logits(images), second.logits(images)], axis=1)
    none = np.zeros(len(images), bool)
    gaps = np.stack([m.decision.rule.gap(m.logits(images), labels, none) for m in (first, second)])
    np.testing.assert_array_equal(rule.gap(scores, labels, none), gaps.max(axis=0))
    np.testing.assert_array_equal(rule.predict(scores), labels)
    split = np.array([[3.0, 0, 0, 3, 0, 0, 0, 0, 5]])
    assert Every(first.decision.rule, 3).predict(split).tolist() == [0]


def test_members_that_do_not_fit(members, tmp_path):
    (first, _), _, _ = members
    other = linear_classifier(tmp_path, np.ones((2, PIXELS)), [0.0, 1.0])
    with pytest.raises(ParameterError, match=r"2 classes .* 4"):
        Ensemble([first, other])
    with pytest.raises(ParameterError, match="no members"):
        Ensemble([])
    with pytest.raises(ParameterError, match="use 'all' or 'mean'"):
        Ensemble([first], fooled="some")
    with pytest.raises(ShapeError, match="give members that take the same"):
        Ensemble([first, first.at_file((SIDE + 2, SIDE, 1))])
