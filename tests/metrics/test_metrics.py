"""Every metric of the registry: facts that hold for all, and the formulas one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from percept_adv import metrics
from percept_adv.errors import ImageError, ParameterError, ShapeError
from percept_adv.metrics import METRICS

EVERY = pytest.mark.parametrize("name", METRICS)
# One size that every metric accepts.
LARGE = astronaut()[:168, 100:277] / 255


def with_noise(scale):
    noise = np.random.default_rng(1).standard_normal(LARGE.shape)
    return np.clip(LARGE + scale * noise, 0, 1)


@EVERY
@pytest.mark.parametrize("channels", [1, 3])
def test_identical_images_get_the_best_value(name, channels):
    image = LARGE if channels == 3 else LARGE[..., 0]
    metric = METRICS[name]
    best = metric.range[metric.better == "higher"]
    assert metric.function(image, image) == pytest.approx(best, abs=1e-12)


@EVERY
def test_more_noise_is_worse(name):
    metric = METRICS[name]
    values = [metric.function(LARGE, with_noise(scale)) for scale in (0.03, 0.1, 0.3)]
    # Every value changes already at the least noise, which is as far as L0 goes.
    assert values == sorted(values, reverse=metric.better == "higher") or name == "l0"
    low, high = metric.range
    assert all(low <= value <= high for value in values)


@pytest.mark.parametrize("name", [name for name in METRICS if not name.startswith("mad")])
def test_eight_bit_and_float_values_agree(name):
    """Of MAD's, the luminance saturates for 8 bits only."""
    reference, image = (np.rint(255 * a).astype(np.uint8) for a in (LARGE, with_noise(0.05)))
    function = METRICS[name].function
    assert function(reference, image) == pytest.approx(function(reference / 255, image / 255))


@EVERY
def test_a_channel_axis_of_one_is_grey(name):
    function = METRICS[name].function
    first, second = LARGE[..., :1], with_noise(0.05)[..., :1]
    assert function(first, second) == function(first[..., 0], second[..., 0])


@EVERY
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (np.full_like(LARGE, np.nan), ImageError),
        (np.full_like(LARGE, np.inf), ImageError),
        (LARGE * 255, ImageError),
        (LARGE - 0.5, ImageError),
        (LARGE > 0.5, ImageError),
        (LARGE[:-1], ShapeError),
        (LARGE[..., 0], ShapeError),
        (LARGE[..., :2], ShapeError),
        (LARGE[:0], ShapeError),
        (LARGE.ravel(), ShapeError),
    ],
    ids=["nan", "inf", "0-255", "negative", "bool", "size", "grey", "two", "empty", "flat"],
)
def test_unusable_images_are_refused(name, bad, error):
    with pytest.raises(error):
        METRICS[name].function(LARGE, bad)


@EVERY
def test_the_smallest_size_is_what_the_registry_says(name):
    metric = METRICS[name]
    side = metric.smallest_side
    image = LARGE[:side, :side]
    assert np.isfinite(metric.function(image, 1 - image))
    if side > 1:
        with pytest.raises(ShapeError, match=f"{side} x {side}"):
            metric.function(image[1:], image[1:])


def unit_images(shape):
    # 0 or at least 1e-3: no differences that underflow when they are squared.
    values = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
    return arrays(np.float64, shape, elements=values)


@settings(deadline=None, max_examples=50)
@given(array_shapes(min_dims=2, max_dims=2, max_side=9).flatmap(
    lambda shape: st.tuples(unit_images(shape), unit_images(shape))
))  # fmt: skip
def test_norms_are_numpys(pair):
    difference = (pair[1] - pair[0]).ravel()
    for name, order in (("l0", 0), ("l1", 1), ("l2", 2), ("linf", np.inf)):
        norm = METRICS[name].function
        assert norm(*pair) == pytest.approx(np.linalg.norm(difference, order), rel=1e-12)
        assert norm(*pair) == norm(*pair[::-1])
        # The shortest way is straight.
        assert norm(*pair) <= norm(pair[0], 0 * pair[0]) + norm(0 * pair[0], pair[1]) + 1e-12


@pytest.mark.parametrize("name", ["ssim", "ms_ssim", "gmsd", "nlpd", "psnr"])
def test_symmetric_metrics(name):
    function = METRICS[name].function
    image = with_noise(0.1)
    assert function(LARGE, image) == pytest.approx(function(image, LARGE), rel=1e-12)


@pytest.mark.parametrize("name", ["ssim", "gmsd", "psnr", "wpsnr", "ciede2000", "ms_ssim"])
def test_transposition_changes_nothing(name):
    first, second = LARGE[:168, :168, 0], with_noise(0.1)[:168, :168, 0]
    function = METRICS[name].function
    assert function(first.T, second.T) == pytest.approx(function(first, second), rel=1e-10)


def test_noise_in_texture_weighs_less():
    reference = np.full((32, 64), 0.5)
    reference[:, 32:] += 0.3 * np.sign(np.random.default_rng(2).standard_normal((32, 32)))
    flat, textured = reference.copy(), reference.copy()
    flat[10, 10] += 0.1
    textured[10, 50] += 0.1 * np.sign(0.5 - reference[10, 50])
    assert metrics.psnr(reference, flat) == pytest.approx(metrics.psnr(reference, textured))
    assert metrics.wpsnr(reference, textured) > metrics.wpsnr(reference, flat) + 3


def test_the_percentile_sees_the_few_wrong_pixels_that_the_mean_hides():
    image = LARGE.copy()
    image[:5, :100] = (0, 1, 0)
    assert metrics.ciede2000(LARGE, image) < 3
    assert metrics.ciede2000_p99(LARGE, image) > 20


def test_ciede2000_of_a_published_pair():
    """Black against white differs by 100: lightness only, with unit weights."""
    black, white = np.zeros((2, 2, 3)), np.ones((2, 2, 3))
    assert metrics.ciede2000(black, white) == pytest.approx(100, abs=1e-3)


def test_multiscale_similarity_of_one_scale_by_hand():
    """With constant images only the luminance factor of the coarsest scale is not 1."""
    dark, light = np.full((161, 170), 0.2), np.full((161, 170), 0.6)
    luminance = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert metrics.ms_ssim(dark, light) == pytest.approx(luminance**0.1333, rel=1e-9)


def test_multiscale_similarity_never_is_nan():
    """An inverted image has negative similarities, whose powers are no numbers."""
    assert metrics.ms_ssim(LARGE, 1 - LARGE) == 0


def test_gradient_similarity_by_the_definition():
    first, second = (image[..., 0] for image in (LARGE, with_noise(0.1)))

    def magnitude(image):
        levels = 255 * image[:168, :176]
        small = np.pad(levels.reshape(84, 2, 88, 2).mean((1, 3)), 1)
        window = np.lib.stride_tricks.sliding_window_view(small, (3, 3))
        prewitt = np.array([[1, 0, -1]] * 3) / 3
        return np.hypot((window * prewitt).sum((2, 3)), (window * prewitt.T).sum((2, 3)))

    a, b = magnitude(first), magnitude(second)
    expected = ((2 * a * b + 170) / (a * a + b * b + 170)).std(ddof=1)
    found = metrics.gmsd(first[:, :176], second[:, :176])
    assert found == pytest.approx(expected, rel=1e-10)


def test_pyramid_distance_ignores_what_the_eye_adapts_to():
    """The same noise disturbs a busy picture less than a flat one."""
    noise = 0.05 * np.random.default_rng(3).standard_normal((96, 96))
    flat = np.full((96, 96), 0.5)
    busy = 0.5 + 0.35 * np.sign(np.random.default_rng(4).standard_normal((96, 96)))
    assert metrics.nlpd(flat, flat + noise) > 2 * metrics.nlpd(busy, np.clip(busy + noise, 0, 1))


def test_blur_and_noise_of_one_norm_are_told_apart():
    """Structure is worth measuring: the norm cannot see the difference."""
    grey = LARGE[..., 0]
    blurred = gaussian_filter(grey, 1.5)
    norm = metrics.l2(grey, blurred)
    brighter = grey + norm / np.sqrt(grey.size) * np.where(grey > 0.5, -1, 1)
    assert metrics.l2(grey, brighter) == pytest.approx(norm)
    assert metrics.gmsd(grey, brighter) < metrics.gmsd(grey, blurred)


def test_registry_is_complete_and_readable():
    functions = {name for name in metrics.__all__ if callable(getattr(metrics, name))}
    tools = {"MadComponents", "MadReference", "Measurer", "Metric", "Pairs"}
    tools |= {"mad_components", "pair_files", "resolve", "used_by"}
    assert functions - tools == set(METRICS) - {"mad_hi", "mad_lo"}
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.range[0] < metric.range[1]
        assert metric.summary
        assert metric.source


def test_detection_and_appearance_always_stand_beside_mad():
    assert [metric.name for metric in metrics.resolve(["l2", "mad", "l2"])] == [
        "l2", "mad", "mad_hi", "mad_lo",
    ]  # fmt: skip
    with pytest.raises(ParameterError, match="there is no metric 'L2': did you mean l2"):
        metrics.resolve(["L2"])


def test_measurer_gives_what_the_functions_give():
    measurer = metrics.Measurer(LARGE, list(METRICS))
    image = with_noise(0.05)
    for name, value in measurer.measure(image).items():
        assert value == METRICS[name].function(LARGE, image)


def test_measurer_leaves_out_what_needs_larger_images():
    small = metrics.Measurer(LARGE[:28, :28], ["l2", "mad", "ms_ssim"], block_size=2)
    image = LARGE[1:29, :28]
    assert list(small.measure(image, skip_too_small=True)) == ["l2", "mad", "mad_hi", "mad_lo"]
    with pytest.raises(ShapeError, match="161 x 161"):
        small.measure(image)
