"""What must hold for MAD on any image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.errors import ParameterError, ShapeError
from percept_adv.metrics import MadReference, mad, mad_components


def noisy(image, noise, scale):
    return np.clip(image / 255 + scale * noise(image.shape), 0, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_identical_images_give_zero(photograph, colour_photograph, dtype):
    for image in (photograph, colour_photograph, photograph / 255):
        found = mad_components(image, image, dtype=dtype)
        assert (found.mad, found.hi, found.lo, found.exponent) == (0, 0, 0, 1)


def test_a_kept_reference_gives_what_mad_gives(photograph, noise):
    reference = MadReference(photograph / 255)
    for scale in (0.05, 0.1):
        image = noisy(photograph, noise, scale)
        assert reference.compare(image) == mad_components(photograph / 255, image)
        assert reference.compare(image).mad == mad(photograph / 255, image)


def test_more_noise_is_more_distortion(photograph, noise):
    reference = MadReference(photograph / 255)
    found = [reference.compare(noisy(photograph, noise, s)) for s in (0.02, 0.05, 0.1, 0.2)]
    for field in ("hi", "lo", "mad"):
        values = [getattr(components, field) for components in found]
        assert values == sorted(values)
        assert values[-1] > values[0]


def test_the_later_program_scales_detection_only(photograph, noise):
    image = noisy(photograph, noise, 0.1)
    early, late = (mad_components(photograph / 255, image, version=v) for v in ("2010", "2011"))
    assert late.hi == pytest.approx(200 * early.hi, rel=1e-14)
    assert late.lo == early.lo
    assert late.mad == pytest.approx(late.hi**late.exponent * late.lo ** (1 - late.exponent))


@pytest.mark.parametrize(("brightest", "agree"), [(254, True), (255, False)])
def test_eight_bit_luminance_saturates_and_float_does_not(noise, brightest, agree):
    reference = np.full((64, 64), 220, np.uint8)
    image = np.clip(220 + 30 * noise((64, 64)), 0, brightest).astype(np.uint8)
    eight_bit = mad_components(reference, image).hi
    floats = mad_components(reference / 255, image / 255).hi
    assert eight_bit > 0
    assert (floats == pytest.approx(eight_bit, rel=1e-12)) is agree


def test_constant_images_differ_by_nothing_that_mad_sees():
    """Their sub-bands hold only what rounding leaves; its kurtosis must not count."""
    for dtype in (np.float32, np.float64):
        assert mad(np.full((48, 50), 0.3), np.full((48, 50), 0.7), dtype=dtype) == 0


@pytest.mark.parametrize("texture", [0, 255])
def test_black_and_white_images_give_numbers(texture):
    image = np.zeros((64, 64), np.uint8)
    image[16:48, 24:40] = 255
    found = mad_components(image, np.full_like(image, texture))
    assert np.isfinite([found.mad, found.hi, found.lo]).all()
    assert found.lo > 0


def test_block_size_two_measures_digits(noise):
    digit = np.zeros((28, 28))
    digit[4:24, 6:20] = 1
    image = np.clip(digit + 0.2 * np.abs(noise((28, 28))), 0, 1)
    assert mad(digit, image, block_size=2) > 0
    with pytest.raises(ShapeError, match="34 x 34"):
        mad(digit, image)


@pytest.mark.parametrize(("block_size", "side"), [(16, 34), (2, 16), (8, 18)])
def test_the_smallest_size_works_and_one_less_is_refused(block_size, side, noise):
    image = 0.5 + 0.1 * np.tanh(noise((side, side)))
    assert mad(image, image[::-1], block_size=block_size) >= 0
    with pytest.raises(ShapeError, match=f"at least {side} x {side}"):
        mad(image[:, 1:], image[:, 1:], block_size=block_size)


@settings(deadline=None, max_examples=25)
@given(rows=st.integers(34, 60), columns=st.integers(34, 60), seed=st.integers(0, 2**32 - 1))
def test_any_size_gives_finite_numbers(rows, columns, seed):
    random = np.random.default_rng(seed)
    reference, image = random.integers(0, 256, (2, rows, columns), np.uint8)
    found = mad_components(reference, image)
    assert np.isfinite([found.mad, found.hi, found.lo]).all()
    assert min(found.mad, found.hi, found.lo) >= 0
    assert 0 < found.exponent <= 1


def test_the_number_of_threads_changes_no_bit(photograph, noise, monkeypatch):
    image = noisy(photograph, noise, 0.1)
    values = set()
    for threads in ("1", "3"):
        monkeypatch.setenv("PERCEPT_ADV_THREADS", threads)
        values.add(mad(photograph / 255, image))
    assert len(values) == 1


@pytest.mark.parametrize(
    "options", [{"version": "2012"}, {"block_size": 3}, {"block_size": 0}, {"dtype": np.int32}]
)
def test_unknown_options_are_refused(photograph, options):
    with pytest.raises(ParameterError):
        mad(photograph, photograph, **options)


def test_eight_bit_and_float_are_measured_as_floats(photograph, noise):
    """As an attack gives them: the stored image is 8-bit, its original of floats."""
    original = photograph / 255
    stored = np.rint(255 * noisy(photograph, noise, 0.05)).astype(np.uint8)
    expected = mad(original, stored / 255)
    assert mad(original, stored) == expected
    assert mad(np.rint(255 * original).astype(np.uint8), stored / 255) == pytest.approx(expected)
    single = original.astype(np.float32)
    assert mad(single, single) == 0


def test_shapes_do_not_mix(photograph):
    with pytest.raises(ShapeError, match="reference"):
        mad(photograph, photograph[:40])
