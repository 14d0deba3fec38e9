"""Attacks whose results have to survive transformations."""

import numpy as np
import pytest

from percept_adv.attacks import attack
from percept_adv.errors import ParameterError
from percept_adv.images import from_uint8
from percept_adv.transformations import Surviving, parse_transformations


def test_gradients_behind_transformations_are_those_of_finite_differences(linear):
    target = Surviving(linear.classifier, parse_transformations("blur:0.8,resize:0.5"))
    batch, _ = linear.images(2)
    rng = np.random.default_rng(0)
    cotangent = rng.standard_normal((2, target.class_count)).astype(np.float32)
    direction = rng.uniform(-0.5, 0.5, batch.shape).astype(np.float32)
    step = 1e-2
    ahead, behind = (target.logits(batch + sign * step * direction) for sign in (1, -1))
    difference = np.sum(cotangent * (ahead - behind)) / (2 * step)
    np.testing.assert_allclose(
        np.vdot(direction, target.gradient(batch, cotangent)), difference, rtol=1e-2
    )


@pytest.mark.parametrize("name", ["ddn", "cw", "superdeepfool"])
def test_success_is_success_behind_all(name, linear):
    through = parse_transformations("jpeg:60,blur:0.6,bilateral")
    target = Surviving(linear.classifier, through)
    batch, labels = linear.images(4)
    result = attack(name, target, batch, labels)
    assert result.success.any()
    for item in result.items:
        stored = from_uint8(item.stored, np.float32)
        versions = [stored, *(one.apply(stored) for one in through)]
        decided = [int(linear.classifier.predict(version[None])[0]) for version in versions]
        assert item.label_after == decided[0]
        assert item.success == all(label != item.label for label in decided)
        told = target.survived(item.stored, np.int64(item.label), targeted=False)
        assert list(told) == ["jpeg:60", "blur:0.6", "bilateral"]
        assert list(told.values()) == [label != item.label for label in decided[1:]]


def test_none_is_refused(linear):
    with pytest.raises(ParameterError, match="no transformation to survive"):
        Surviving(linear.classifier, [])
