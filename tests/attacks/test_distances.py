"""Distances that attacks minimise, against the metrics and against differences."""

import numpy as np
import pytest
import skimage
from hypothesis import given
from hypothesis import strategies as st

from percept_adv import metrics
from percept_adv.attacks.perceptual.distances import DISTANCES

NAMES = ("l2", "ssim", "ciede2000")


def pair(shape, seed=0, noise=0.05):
    rng = np.random.default_rng(seed)
    first = rng.random(shape)
    return first, np.clip(first + rng.normal(0, noise, shape), 0, 1)


@pytest.mark.parametrize("name", NAMES)
@given(
    height=st.integers(1, 14),
    width=st.integers(1, 14),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 5),
)
def test_the_gradient_is_that_of_the_value(name, height, width, channels, seed):
    first, second = pair((2, height, width, channels), seed)
    distance = DISTANCES[name]
    _, gradient = distance(first, second)
    direction = np.random.default_rng(9).normal(size=first.shape)
    small = 1e-6
    above, _ = distance(first, second + small * direction)
    below, _ = distance(first, second - small * direction)
    slopes = np.sum(gradient * direction, axis=(1, 2, 3))
    np.testing.assert_allclose(slopes, (above - below) / (2 * small), rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_equal_images_have_distance_0_and_a_finite_gradient(name, level):
    images = np.full((1, 12, 12, 3), level, np.float32)
    value, gradient = DISTANCES[name](images, images)
    assert abs(value[0]) < 1e-6
    assert np.isfinite(gradient).all()


def test_ssim_is_that_of_the_metrics():
    first, second = pair((2, 16, 19, 3))
    expected = [1 - metrics.ssim(a, b) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(DISTANCES["ssim"](first, second)[0], expected, rtol=1e-9)


def test_colour_difference_is_that_of_scikit_image():
    first, second = pair((3, 8, 9, 3), noise=0.3)
    expected = [
        np.sum(skimage.color.deltaE_ciede2000(*map(skimage.color.rgb2lab, both)) ** 2)
        for both in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(DISTANCES["ciede2000"](first, second)[0], expected, rtol=1e-6)


@pytest.mark.parametrize("noise", [0.002, 0.05])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_sample_of_the_colour_gradient_is_that_of_central_differences(noise, channels):
    first, second = pair((1, 20, 20, channels), noise=noise)
    distance = DISTANCES["ciede2000"]
    _, gradient = distance(first, second)
    small, slopes = 1e-6, np.zeros_like(second)
    for channel in range(channels):
        step = small * (np.arange(channels) == channel)
        # Pixels as images of their own: each one's slope.
        pixels = [x.reshape(-1, 1, 1, channels) for x in (first, second)]
        above, below = (distance(pixels[0], pixels[1] + s * step)[0] for s in (1, -1))
        slopes[..., channel] = ((above - below) / (2 * small)).reshape(1, 20, 20)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5 * np.abs(slopes).max())


def test_the_colour_gradient_in_float32_is_that_in_float64():
    first, second = (x.astype(np.float32) for x in pair((1, 32, 32, 3), noise=0.01))
    value, gradient = DISTANCES["ciede2000"](first, second)
    exact_value, exact = DISTANCES["ciede2000"](*(x.astype(float) for x in (first, second)))
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(value, exact_value, rtol=1e-4)
    assert np.linalg.norm(gradient - exact) < 1e-3 * np.linalg.norm(exact)


def test_greys_have_no_hue():
    """A coloured image against a grey one, and the other way round, as scikit-image measures."""
    grey = np.full((1, 6, 6, 3), 0.5)
    colour, _ = pair((1, 6, 6, 3), seed=3)
    for first, second in ((grey, colour), (colour, grey)):
        labs = [skimage.color.rgb2lab(x[0]) for x in (first, second)]
        expected = np.sum(skimage.color.deltaE_ciede2000(*labs) ** 2)
        value, gradient = DISTANCES["ciede2000"](first, second)
        np.testing.assert_allclose(value[0], expected, rtol=1e-3)
        assert np.isfinite(gradient).all()
