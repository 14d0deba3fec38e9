"""What no array can be made of, and arguments of a wrong kind, are refused in the user's words."""

import numpy as np
import pytest

import percept_adv
from percept_adv import metrics
from percept_adv.attacks import attack
from percept_adv.errors import (
    ImageError,
    ModelFormatError,
    ModelNotFoundError,
    ParameterError,
    PerceptAdvError,
)

RAGGED = [[0.1, 0.2], [0.3]]
IMAGE = np.random.default_rng(0).random((28, 28, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def c4():
    return percept_adv.Classifier("c4")


@pytest.mark.parametrize(
    "call",
    [
        lambda _: percept_adv.magnify(RAGGED),
        lambda _: percept_adv.GuidedSmoother(RAGGED),
        lambda _: percept_adv.GuidedSmoother(IMAGE).smooth(RAGGED),
        lambda _: metrics.mad(RAGGED, RAGGED),
        lambda c4: c4.logits(RAGGED),
        lambda c4: c4.gradient(IMAGE[None], "a"),
        lambda c4: attack("fgsm", c4, IMAGE[None], [[1], [2, 3]]),
        lambda c4: attack("ifgsm", c4, IMAGE[None], [1], mask="a"),
    ],
)
def test_no_array_can_be_made(call, c4):
    with pytest.raises(ImageError, match="no array can be made of"):
        call(c4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 0}, "batch_size is 0: give a whole number from 1 on"),
        ({"seed": -1}, "seed is -1: give a whole number from 0 on"),
        ({"seed": "x"}, "seed is 'x'"),
        ({"store": "png"}, "store is 'png': give Png"),
        ({"callback": 3}, "callback is 3: give a function"),
    ],
)
def test_what_an_attack_is_called_with(options, said, c4):
    with pytest.raises(ParameterError, match=said):
        attack("ifgsm", c4, IMAGE[None], [1], **options)


def test_a_name_is_no_classifier():
    with pytest.raises(ParameterError, match=r"the classifier is 'c4': give a percept_adv\.Class"):
        attack("fgsm", "c4", IMAGE[None], [1])


@pytest.mark.parametrize("model", [3, None])
def test_a_number_is_no_model(model):
    with pytest.raises(ModelNotFoundError, match=f"{model} is no model: give a path"):
        percept_adv.Classifier(model)
    with pytest.raises(ModelFormatError, match=f"{model} is no model"):
        percept_adv.build_gradient_graph(model)


@pytest.mark.parametrize("options", [{"beta": "a"}, {"domain_sigma": "a"}, {"range_sigma": None}])
def test_parameters_of_magnify(options):
    with pytest.raises(PerceptAdvError, match="it must"):
        percept_adv.magnify(IMAGE, **options)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_levels_are_magnified_as_the_floats_that_they_stand_for(kind):
    levels = np.rint(IMAGE * np.iinfo(kind).max).astype(kind)
    expected = percept_adv.magnify(levels / np.iinfo(kind).max)
    np.testing.assert_allclose(percept_adv.magnify(levels), expected, rtol=0, atol=1e-12)


def test_floats_on_another_scale_are_not_magnified():
    with pytest.raises(ImageError, match=r"values from .* to 2.*: divide by the range"):
        percept_adv.magnify(IMAGE * 255)
