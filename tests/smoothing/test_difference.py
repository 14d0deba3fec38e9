"""Smoothing what is the difference of two images."""

import numpy as np
import pytest

from percept_adv.errors import ShapeError
from percept_adv.smoothing import GuidedSmoother, smooth_difference


@pytest.mark.parametrize("shape", [(9, 11), (9, 11, 1), (9, 11, 3)])
@pytest.mark.parametrize("channels", ["joint", "per_channel"])
def test_is_the_smoother_on_the_difference(shape, channels):
    random = np.random.default_rng(1)
    original, perturbed = random.random((2, *shape))
    result = smooth_difference(original, perturbed, channels=channels, alpha=0.9, tol=1e-9)
    expected = GuidedSmoother(original, channels=channels, alpha=0.9, tol=1e-9)
    np.testing.assert_allclose(result.before, perturbed - original)
    np.testing.assert_allclose(result.after, expected.smooth(perturbed - original), atol=1e-7)
    assert result.relative_residual <= 1e-9


def test_alpha_0_changes_nothing_and_equal_images_stay():
    original, perturbed = np.random.default_rng(2).random((2, 8, 8, 3))
    result = smooth_difference(original, perturbed, alpha=0.0)
    np.testing.assert_allclose(result.after, perturbed - original, atol=1e-12)
    assert not smooth_difference(original, original).after.any()


def test_different_sizes_are_named():
    with pytest.raises(ShapeError, match=r"8 x 9 RGB.*8 x 9 grey"):
        smooth_difference(np.zeros((8, 9, 3)), np.zeros((8, 9)))
