"""Large files in blocks of pixels: the same model, seen through fewer unknowns."""

import numpy as np
import pytest
from tiny_models import CLASSES, linear, save

from percept_adv import Classifier
from percept_adv.classifier import Blocks
from percept_adv.pipeline import Pipeline, Rescale, Resize

SHAPE = (700, 760, 3)


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    path = save(linear(), tmp_path_factory.mktemp("model"))
    pipeline = Pipeline((Resize(size=(6, 7), filter="bicubic"), Rescale()))
    return Classifier(path, preprocessing=pipeline, provider="cpu").at_file(SHAPE)


@pytest.fixture(scope="module")
def image():
    rng = np.random.default_rng(0)
    levels = rng.integers(80, 170, SHAPE)
    return (levels / 255).astype(np.float32)


def test_blocks_mean_and_lift():
    blocks = Blocks((7, 10, 3), 3)
    image = np.random.default_rng(0).random((7, 10, 3), dtype=np.float32)
    means = blocks.means(image)
    assert means.shape == (3, 4, 3)
    np.testing.assert_allclose(means[0, 0], image[:3, :3].mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(means[2, 3], image[6:, 9:].mean(axis=(0, 1)), rtol=1e-5)
    lifted = blocks.lifted(means)
    assert lifted.shape == image.shape
    np.testing.assert_array_equal(lifted[6, 9], means[2, 3])
    np.testing.assert_allclose(blocks.means(lifted), means, rtol=1e-5)


def test_small_files_have_no_blocks(target):
    assert Blocks.of((300, 400, 3), (224, 224, 3)) is None
    assert Blocks.of((2000, 1000, 3), (900, 900, 3)) is None
    assert Blocks.of((3000, 4000, 3), (224, 224, 3)).side == 7
    assert target.blocks.side == 54


def test_a_change_of_blocks_is_that_of_its_pixels(target, image):
    """The real pipeline sees the lifted image as the blocks promise, but for its rounding."""
    blocks = target.blocks
    means = blocks.means(image)
    coarse = target.in_blocks(image, means, blocks)
    assert coarse.image_shape == means.shape
    np.testing.assert_allclose(
        coarse.logits(means[np.newaxis]), target.logits(image[np.newaxis]), rtol=1e-4, atol=1e-3
    )
    change = np.random.default_rng(1).integers(-60, 61, means.shape).astype(np.float32) / 255
    lifted = image + blocks.lifted(change)
    seen = coarse.logits((means + change)[np.newaxis])
    real = target.logits(lifted[np.newaxis])
    moved = np.abs(real - target.logits(image[np.newaxis])).max()
    assert np.abs(seen - real).max() <= 0.1 * moved


def test_gradients_by_blocks_are_sums_of_those_by_pixels(target, image):
    blocks = target.blocks
    means = blocks.means(image)
    coarse = target.in_blocks(image, means, blocks)
    cotangent = np.random.default_rng(2).standard_normal((1, CLASSES)).astype(np.float32)
    by_blocks = coarse.gradient(means[np.newaxis], cotangent)[0]
    by_pixels = target.gradient(image[np.newaxis], cotangent)[0]
    change = np.random.default_rng(3).standard_normal(means.shape)
    first = float((by_blocks * change).sum())
    second = float((by_pixels.astype(np.float64) * blocks.lifted(change)).sum())
    assert first == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("name", ["ddn", "alma"])
def test_attacks_of_large_files_are_judged_by_the_real_pipeline(target, image, name):
    from percept_adv.attacks import attack

    label = target.predict(image[np.newaxis])
    allowed = np.zeros(SHAPE[:2], bool)
    allowed[:, :500] = True
    result = attack(
        name, target, image[np.newaxis], label, mask=allowed, iterations=20, max_evaluations=24
    )
    assert result.stored.shape == (1, *SHAPE)
    assert target.predict(result.stored)[0] == result.label_after[0]
    assert result.success[0] == (result.label_after[0] != label[0])
    assert result.success[0]
    levels = np.rint(image * 255).astype(np.uint8)
    np.testing.assert_array_equal(result.stored[0][:, 500:], levels[:, 500:])
