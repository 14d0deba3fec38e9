import numpy as np
import pytest

from percept_adv import magnify
from percept_adv.errors import ParameterError
from percept_adv.magnification import (
    NORMS,
    Range,
    flat_areas,
    magnification_statistics,
    viewing_range,
)

SIGNALS = [np.random.default_rng(i).normal(0, 1 + i, (30, 40, 3)) for i in range(3)]


def test_fixed_shows_half_plus_a_third_whatever_the_image():
    for gain in (1, 2.5):
        shown = viewing_range(SIGNALS[:1], gain=gain).render(SIGNALS[0])
        np.testing.assert_allclose(shown, np.clip(0.5 + gain * SIGNALS[0] / 3, 0, 1), atol=1e-12)


def test_set_is_symmetric_and_clips_nothing():
    shown = viewing_range(SIGNALS, "set")
    assert shown.low == -shown.high
    assert shown.high == max(np.abs(s).max() for s in SIGNALS)
    assert [shown.share_clipped(s) for s in SIGNALS] == [0, 0, 0]
    assert shown.render(np.zeros(1)) == 0.5


def test_minmax_fills_the_range_and_percentile_cuts_its_ends():
    signal = SIGNALS[1]
    full = viewing_range([signal], "minmax").render(signal)
    assert (full.min(), full.max()) == (0, pytest.approx(1))
    cut = viewing_range([signal], "percentile")
    assert cut.share_clipped(signal) == pytest.approx(0.01, abs=1e-3)


@pytest.mark.parametrize("norm", NORMS)
def test_a_flat_image_is_mid_gray(norm):
    flat = np.zeros((5, 5), np.float32)
    np.testing.assert_allclose(viewing_range([flat], norm).render(flat), 0.5)


def test_8_bit_rendering_is_the_rounded_one():
    shown = Range("minmax", -1.0, 2.0)
    tall = np.tile(SIGNALS[0], (5, 1, 1)).astype(np.float32)
    np.testing.assert_array_equal(shown.render_8bit(tall), np.rint(shown.render(tall) * 255))


@pytest.mark.parametrize("gain", [0, -1, float("nan"), float("inf")])
def test_a_gain_that_shows_nothing_is_refused(gain):
    with pytest.raises(ParameterError, match="gain"):
        viewing_range(SIGNALS, gain=gain)


def half_flat():
    image = np.full((60, 80), 0.4)
    image[:, 40:] = np.random.default_rng(3).random((60, 40))
    return image


def test_flat_areas_are_where_the_image_does_not_vary():
    for image in (half_flat(), np.dstack([half_flat()] * 3), (half_flat() * 255).astype(np.uint8)):
        flat = flat_areas(image)
        assert flat.mean() >= 0.25
        assert not flat[:, 40:].any()


def test_statistics_say_what_they_are_named_after():
    image = half_flat()
    noisy = image + np.random.default_rng(4).normal(0, 0.01, image.shape)
    signal = magnify(noisy)
    flat = flat_areas(image)
    result = magnification_statistics(noisy, signal, flat=flat)
    assert result.sigma_global == pytest.approx((noisy.std(),))
    assert result.rms_flat == pytest.approx(np.sqrt(np.mean(signal[flat] ** 2)))
    assert result.percentiles["95"] == pytest.approx(np.percentile(signal, 95))
    clean = magnification_statistics(image, magnify(image), flat=flat)
    assert clean.rms_flat < result.rms_flat


def test_transparent_pixels_do_not_count():
    image = half_flat()
    opaque = np.zeros(image.shape, bool)
    opaque[:, 40:] = True
    signal = magnify(image)
    result = magnification_statistics(image, signal, opaque=opaque)
    assert result.percentiles["50"] == pytest.approx(np.median(signal[:, 40:]))
    assert np.isfinite(result.rms_flat)
    nothing = magnification_statistics(image, signal, opaque=np.zeros(image.shape, bool))
    assert np.isfinite(nothing.rms_flat)
