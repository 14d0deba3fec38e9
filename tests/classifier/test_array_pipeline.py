"""The pipeline as array code, beside the deployed code that it stands in for."""

import numpy as np
import pytest

from percept_adv import Classifier

STEPS = {
    "crop": [
        {"kind": "resize", "shortest_edge": 30, "filter": "bilinear"},
        {"kind": "centre_crop", "height": 28, "width": 28},
    ],
    "letterbox": [
        {"kind": "resize", "inside": [28, 28], "filter": "area", "library": "opencv"},
        {"kind": "pad", "height": 28, "width": 28, "fill": [114.0]},
    ],
    "floats": [
        {"kind": "type", "name": "float32"},
        {"kind": "resize", "size": [28, 28], "library": "torch", "antialias": False},
    ],
}


def at_file(name, shape=(41, 53, 1)):
    grey = {"kind": "colour_mode", "mode": "grey"}
    contract = {"steps": [grey, *STEPS[name], {"kind": "rescale"}]}
    return Classifier("c4", provider="cpu", preprocessing=contract, at="file").at_file(shape)


@pytest.mark.parametrize("name", STEPS)
def test_images_at_the_network_are_within_a_level_of_the_deployed_code(name):
    classifier = at_file(name)
    entry = classifier._entry
    pipeline = classifier.array_pipeline
    images = np.random.default_rng(1).random((2, 41, 53, 1), dtype=np.float32)
    assert pipeline.rounds == (name != "floats")
    difference = np.abs(pipeline.forward(images) - entry.at_network(images)) * 255
    assert difference.max() < 1.01
    assert (difference > 0.01).mean() < 0.1


@pytest.mark.parametrize("name", STEPS)
def test_gradients_come_back_through_the_adjoint(name):
    classifier = at_file(name)
    pipeline = classifier.array_pipeline
    gradient = np.random.default_rng(2).random((2, 28, 28, 1), dtype=np.float32)
    expected = classifier._entry.pull_back(gradient)
    np.testing.assert_allclose(pipeline.adjoint(gradient), expected, atol=1e-5)
