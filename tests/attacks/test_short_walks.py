"""Walks of twenty gradients reach the boundary, also where it is far or the way zigzags."""

import numpy as np
import pytest

from percept_adv import Classifier, attacks
from percept_adv.evaluation import open_dataset
from percept_adv.images import read_image
from percept_adv.labels import Classes

FAR = (43, 55, 77)
"""Places of digits of c4-adv that sALMA did not reach without momentum."""


@pytest.mark.parametrize(
    ("model", "attack", "parameters", "places"),
    [
        ("c4-adv", "salma", {"alpha": 0.95}, FAR),
        ("c4", "alma", {}, range(6)),
    ],
)
def test_twenty_gradients_are_enough(model, attack, parameters, places):
    classifier = Classifier(model, provider="cpu")
    dataset = open_dataset("mnist-sample", Classes(10), limit=max(places) + 1)
    samples = [dataset.samples[place] for place in places]
    images = np.stack([read_image(dataset.folder / sample.file).samples for sample in samples])
    labels = np.array([sample.label for sample in samples])
    result = attacks.attack(
        attack, classifier, images, labels, iterations=20, max_evaluations=20, **parameters
    )
    assert result.success.all()
    assert (result.backward_count <= 20).all()
