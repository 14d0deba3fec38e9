import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv import magnify
from percept_adv.magnification import LocalTerms, Region, channel_deviations, magnify_region


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 70), st.integers(1, 70), st.sampled_from([(), (1,), (3,)]),
    st.floats(0, 1), st.floats(0.3, 4), st.data(),
)  # fmt: skip
def test_a_region_is_the_part_of_the_whole(height, width, channels, beta, sigma, data):
    image = np.random.default_rng(height).random((height, width, *channels), dtype=np.float32)
    top = data.draw(st.integers(0, height - 1))
    left = data.draw(st.integers(0, width - 1))
    region = Region(
        top, data.draw(st.integers(top + 1, height)), left, data.draw(st.integers(left + 1, width))
    )
    parameters = {"beta": beta, "domain_sigma": sigma, "range_sigma": 0.2}
    whole = magnify(image, **parameters)
    part = magnify_region(image, region, channel_deviations(image), **parameters)
    np.testing.assert_allclose(part, whole[region.slices], atol=2e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_samples_may_stay_as_the_file_held_them(dtype):
    top = np.iinfo(dtype).max
    samples = np.random.default_rng(1).integers(0, top, (60, 50, 3)).astype(dtype)
    image = (samples / top).astype(np.float32)
    region = Region(10, 40, 0, 50)
    terms = LocalTerms.of(samples, region, domain_sigma=3, range_sigma=0.2)
    expected = magnify(image, beta=0.4, domain_sigma=3)[region.slices]
    signal = terms.magnified(channel_deviations(image), beta=0.4)
    np.testing.assert_allclose(signal, expected, atol=1e-4)
    # Terms can be combined again with another beta: they are left as they were.
    again = terms.magnified(channel_deviations(image), beta=0.4)
    np.testing.assert_array_equal(signal, again)


def test_a_flat_image_is_nought():
    image = np.full((30, 30, 3), 0.25, np.float32)
    assert not magnify_region(image, Region(2, 9, 3, 8), channel_deviations(image)).any()
