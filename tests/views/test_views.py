import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut

from percept_adv.images import from_uint8
from percept_adv.views import FURTHER_VIEWS

PHOTO = from_uint8(astronaut()[:96, :120], np.float32)


@pytest.mark.parametrize("view", FURTHER_VIEWS.values(), ids=FURTHER_VIEWS)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([(), (3,)]), st.booleans())
@settings(max_examples=5, deadline=None)
def test_every_size_and_a_flat_image_give_finite_values(view, height, width, channels, flat):
    image = np.random.default_rng(height).random((height, width, *channels), dtype=np.float32)
    if flat:
        image[:] = 0.5
    values = view.compute(image)
    assert values.dtype == np.float32
    assert values.shape == image.shape
    assert np.isfinite(values).all()
    shown = view.shade(values)
    assert 0 <= shown.min() <= shown.max() <= 1


def test_residuals_vanish_on_flat_images():
    flat = np.full((40, 30, 3), 0.3, np.float32)
    for name in ("high_pass", "noise_residual", "guided_residual", "local_variance", "error_level"):
        values = FURTHER_VIEWS[name].compute(flat)
        assert np.abs(values).max() < 0.005, name


def test_bit_planes_add_up_to_the_image():
    planes = [FURTHER_VIEWS[f"bit_{bit}"].compute(PHOTO) for bit in range(8)]
    levels = sum(plane * 2**bit for bit, plane in enumerate(planes))
    np.testing.assert_array_equal(levels, np.rint(PHOTO * 255))


def test_the_spectrum_shows_a_grating_where_its_frequency_is():
    x = np.arange(128, dtype=np.float32)
    grating = np.tile(0.5 + 0.4 * np.cos(2 * np.pi * 16 * x / 128), (64, 1)).astype(np.float32)
    spectrum = FURTHER_VIEWS["spectrum"].compute(grating)
    row, column = np.unravel_index(spectrum.argmax(), spectrum.shape)
    assert row == 32
    assert abs(column - 64) == 16


def test_local_variance_is_the_standard_deviation_of_a_window():
    values = FURTHER_VIEWS["local_variance"].compute(PHOTO)
    window = PHOTO[20:27, 30:37, 1].astype(np.float64)
    assert values[23, 33, 1] == pytest.approx(window.std(), abs=1e-4)


def test_shades_are_mid_grey_or_black_at_nought_and_follow_the_gain():
    high_pass, variance = FURTHER_VIEWS["high_pass"], FURTHER_VIEWS["local_variance"]
    values = np.array([[0.0, 0.01, -0.01]], np.float32)
    np.testing.assert_allclose(high_pass.shade(values, 2), [[0.5, 0.58, 0.42]], atol=1e-6)
    np.testing.assert_allclose(variance.shade(np.abs(values)), [[0, 0.1, 0.1]], atol=1e-6)
