import numpy as np
import pytest
from equation22 import local_terms, magnified
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv import magnify
from percept_adv.errors import ImageError, ParameterError, ShapeError
from percept_adv.magnification import bilateral_filter, joint_bilateral_filter, local_statistics

images = st.tuples(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]), st.integers(0, 2**32 - 1)
).map(lambda a: np.random.default_rng(a[3]).random(a[:3]))


@settings(max_examples=60, deadline=None)
@given(
    image=images,
    beta=st.floats(0, 1),
    domain_sigma=st.floats(0.3, 8),
    range_sigma=st.floats(0.02, 10),
)
def test_magnify_is_equation_22(image, beta, domain_sigma, range_sigma):
    options = {"domain_sigma": domain_sigma, "range_sigma": range_sigma}
    difference, deviation = local_statistics(image, **options)
    exact_difference, exact_deviation = local_terms(image, domain_sigma, range_sigma)
    np.testing.assert_allclose(difference, exact_difference, rtol=0, atol=1e-12)
    np.testing.assert_allclose(deviation, exact_deviation, rtol=0, atol=1e-12)
    # Where the divisor vanishes too, a quotient of roundings means nothing.
    divisor = beta * exact_deviation + (1 - beta) * image.std((0, 1))
    sure = divisor > 1e-3
    result = magnify(image, beta=beta, **options)
    assert np.isfinite(result).all()
    exact = magnified(image, beta, domain_sigma, range_sigma)
    np.testing.assert_allclose(result[sure], exact[sure], rtol=0, atol=1e-8)


@pytest.mark.parametrize("channels", [2, 4])
def test_two_and_four_channels(channels):
    image = np.random.default_rng(1).random((7, 6, channels))
    np.testing.assert_allclose(magnify(image), magnified(image, 0.8, 5, 0.2), atol=1e-9)


@pytest.mark.parametrize("width", [511, 513, 1100])
def test_columns_do_not_depend_on_the_tile_they_fall_in(width):
    image = np.random.default_rng(2).random((3, width))
    part = slice(width - 60, None)
    whole, cropped = bilateral_filter(image), bilateral_filter(image[:, part])
    np.testing.assert_allclose(whole[:, part][:, 12:], cropped[:, 12:], atol=1e-14)


def test_rows_do_not_depend_on_the_band_they_fall_in():
    image = np.random.default_rng(3).random((150, 5, 3))
    turned = magnify(np.ascontiguousarray(image.swapaxes(0, 1))).swapaxes(0, 1)
    np.testing.assert_allclose(magnify(image), turned, atol=1e-12)


@pytest.mark.parametrize("threads", ["2", "3", "7"])
def test_the_number_of_threads_changes_no_bit(threads, monkeypatch):
    image = np.random.default_rng(4).random((300, 40, 3)).astype(np.float32)
    monkeypatch.setenv("PERCEPT_ADV_THREADS", "1")
    alone = magnify(image)
    monkeypatch.setenv("PERCEPT_ADV_THREADS", threads)
    assert magnify(image).tobytes() == alone.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0, 0.1, 1 / 3, 1])
@pytest.mark.parametrize("beta", [0, 0.8, 1])
def test_a_flat_image_gives_nought(value, beta, dtype):
    image = np.full((40, 33, 3), value, dtype)
    assert not magnify(image, beta=beta).any()


def test_one_flat_channel_gives_nought_there():
    image = np.random.default_rng(5).random((20, 20, 3))
    image[:, :, 1] = 0.7
    result = magnify(image)
    assert not result[:, :, 1].any()
    assert result[:, :, 0].any()


@pytest.mark.parametrize("range_sigma", [1e-30, 1e-6, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_range_sigmas_stay_finite(range_sigma, dtype):
    image = np.random.default_rng(6).random((9, 9, 3)).astype(dtype)
    for beta in (0, 0.5, 1):
        assert np.isfinite(magnify(image, beta=beta, range_sigma=range_sigma)).all()


def test_a_narrow_range_keeps_distinct_values_and_a_wide_one_blurs():
    image = np.random.default_rng(7).random((9, 9))
    np.testing.assert_allclose(bilateral_filter(image, range_sigma=1e-6), image, atol=1e-12)
    blurred = bilateral_filter(image, domain_sigma=1e3, range_sigma=1e6)
    np.testing.assert_allclose(blurred, image.mean(), atol=1e-4)


def test_joint_filter_is_a_weighted_mean_along_the_edges_of_the_guide():
    guide = np.zeros((20, 20))
    guide[:, 10:] = 1
    image = np.random.default_rng(8).random((20, 20))
    filtered = joint_bilateral_filter(image, guide, range_sigma=0.02)
    assert filtered.min() >= image.min()
    assert filtered.max() <= image.max()
    alone = bilateral_filter(image[:, :10], range_sigma=1e6)
    np.testing.assert_allclose(filtered[:, :10], alone, atol=1e-9)


def test_a_view_with_strides_is_the_image_that_it_shows():
    image = np.random.default_rng(9).random((12, 14, 3))
    np.testing.assert_array_equal(magnify(image[::-1, ::2]), magnify(image[::-1, ::2].copy()))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"beta": -0.1}, "beta"),
        ({"beta": float("nan")}, "beta"),
        ({"domain_sigma": 0}, "domain_sigma"),
        ({"range_sigma": float("inf")}, "range_sigma"),
    ],
)
def test_parameters_outside_their_range_are_refused(options, word):
    with pytest.raises(ParameterError, match=word):
        magnify(np.zeros((3, 3)), **options)


def test_a_window_wider_than_the_kernel_holds_is_refused():
    with pytest.raises(ParameterError, match="half width"):
        magnify(np.zeros((1, 2000)), domain_sigma=500)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(bad):
    image = np.zeros((4, 4))
    image[1, 2] = bad
    with pytest.raises(ImageError, match="NaN"):
        magnify(image)


@pytest.mark.parametrize("shape", [(4,), (0, 4), (2, 2, 5), (1, 2, 2, 3)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ShapeError, match="shape"):
        magnify(np.zeros(shape))


def test_joint_filter_refuses_unequal_shapes():
    with pytest.raises(ShapeError, match="guide"):
        joint_bilateral_filter(np.zeros((3, 3)), np.zeros((3, 4)))
