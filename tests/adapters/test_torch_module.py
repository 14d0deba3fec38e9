"""A deployed model as a PyTorch module, and attacks of others on it."""

import sys
import types

import numpy as np
import pytest

from percept_adv.adapters import as_torch
from percept_adv.classifier import Classifier
from percept_adv.errors import ParameterError


@pytest.fixture(scope="module")
def classifier():
    return Classifier("c4", provider="cpu")


def test_without_pytorch_it_is_told(classifier, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ParameterError, match=r"percept-adv\[torch\]"):
        as_torch(classifier)


def test_scores_and_gradients_are_the_classifiers(classifier):
    torch = pytest.importorskip("torch")
    images = np.random.default_rng(0).random((3, 28, 28, 1), dtype=np.float32)
    cotangent = np.random.default_rng(1).standard_normal((3, 10)).astype(np.float32)
    x = torch.tensor(images.transpose(0, 3, 1, 2), requires_grad=True)
    scores = as_torch(classifier)(x)
    np.testing.assert_array_equal(scores.detach().numpy(), classifier.logits(images))
    scores.backward(torch.tensor(cotangent))
    expected = classifier.gradient(images, cotangent).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_other_types_and_values_outside_the_range(classifier):
    torch = pytest.importorskip("torch")
    x = torch.full((1, 1, 28, 28), 1.2, dtype=torch.float64, requires_grad=True)
    scores = as_torch(classifier)(x)
    assert scores.dtype == torch.float64
    scores.sum().backward()
    assert x.grad.dtype == torch.float64
    white = classifier.logits(np.ones((1, 28, 28, 1), np.float32))
    np.testing.assert_allclose(scores.detach().numpy(), white, rtol=1e-6)


def test_an_attack_of_another_library_fools_the_deployed_model(classifier, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, "visdom", types.SimpleNamespace(Visdom=object))
    peer = pytest.importorskip("adv_lib.attacks.decoupled_direction_norm")
    import percept_adv_models

    from percept_adv.images import read_image

    folder = percept_adv_models.path("c4").parent / "data" / "mnist"
    images = np.stack(
        [read_image(file).as_float(np.float32) for file in sorted(folder.glob("*.png"))[:4]]
    ).reshape(4, 28, 28, 1)
    labels = classifier.predict(images)
    x = torch.tensor(images.transpose(0, 3, 1, 2))
    found = peer.ddn(as_torch(classifier), x, torch.tensor(labels), steps=60)
    adversarial = found.numpy().transpose(0, 2, 3, 1)
    assert (classifier.predict(np.clip(adversarial, 0, 1)) != labels).all()
