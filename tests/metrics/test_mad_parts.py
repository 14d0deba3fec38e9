"""The parts of MAD against direct, slow ways to the same numbers."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from scipy.stats import kurtosis, skew

from percept_adv.metrics.apparent_distortion import crop
from percept_adv.metrics.apparent_distortion.detection import _mean_square_error
from percept_adv.metrics.apparent_distortion.filters import (
    contrast_sensitivity,
    log_gabor_bank,
)
from percept_adv.metrics.apparent_distortion.moments import (
    amplitude_cell_moments,
    cell_moments,
    window_moments,
)


@pytest.mark.parametrize("offset", [0, 1e6])
@pytest.mark.parametrize("shape", [(16, 16), (33, 50), (45, 47)])
def test_window_moments_keep_their_digits(shape, offset):
    values = np.random.default_rng(3).gamma(2.0, size=shape)
    mean, second, third, fourth = window_moments(cell_moments(values + offset))
    accuracy = 1e-12 if offset == 0 else 1e-7
    for row in range(mean.shape[0]):
        for column in range(mean.shape[1]):
            window = values[4 * row : 4 * row + 16, 4 * column : 4 * column + 16].ravel()
            assert mean[row, column] - offset == pytest.approx(window.mean(), abs=1e-8)
            assert second[row, column] == pytest.approx(window.var(), rel=accuracy)
            deviation = np.sqrt(second[row, column])
            assert third[row, column] / deviation**3 == pytest.approx(
                skew(window), rel=accuracy, abs=accuracy
            )
            assert fourth[row, column] / deviation**4 == pytest.approx(
                kurtosis(window, fisher=False), rel=accuracy
            )


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_moments_of_amplitudes(dtype):
    values = np.random.default_rng(6).normal(size=(22, 31, 2)) @ (1, 1j)
    found = amplitude_cell_moments(values.astype(dtype))
    accuracy = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, cell_moments(abs(values)), rtol=accuracy, atol=accuracy)


@pytest.mark.parametrize("block_size", [2, 8, 16])
def test_local_error_is_the_mean_of_its_block(block_size):
    difference = np.random.default_rng(4).normal(size=(41, 53))
    # An even window of uniform_filter ends one pixel before the one that MAD takes.
    expected = uniform_filter(difference**2, block_size, origin=-1, mode="constant")
    inside = tuple(slice(*crop.bounds(size, block_size)) for size in difference.shape)
    np.testing.assert_allclose(
        _mean_square_error(difference, block_size), expected[inside], rtol=1e-12
    )


@pytest.mark.parametrize("block_size", [2, 16])
@pytest.mark.parametrize("shape", [(34, 34), (37, 62), (64, 51)])
def test_sums_over_cells_are_sums_over_pixels(shape, block_size):
    values = np.random.default_rng(5).normal(size=shape)
    inside = np.zeros(shape)
    cropped = tuple(slice(*crop.bounds(size, block_size)) for size in shape)
    inside[cropped] = values[cropped]
    cells = tuple(crop.cells_of(size) for size in shape)
    expected = [
        [inside[4 * r : 4 * r + 4, 4 * c : 4 * c + 4].sum() for c in range(cells[1])]
        for r in range(cells[0])
    ]
    found = crop.cell_sums(values[cropped], shape, block_size)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    rows, columns = (crop.pixels_per_cell(size, block_size) for size in shape)
    ones = crop.cell_sums(np.ones(shape)[cropped], shape, block_size)
    np.testing.assert_array_equal(ones, np.outer(rows, columns))


def test_filters_have_no_response_to_a_constant_and_a_bounded_gain():
    bank = log_gabor_bank((33, 40), np.dtype(float))
    assert bank.radial.max() <= 1
    assert bank.angular.max() <= 1
    assert (bank.radial[:, 0, 0] < 1e-12).all() or (bank.radial == 0).any()
    sensitivity = contrast_sensitivity((33, 40), np.dtype(float))
    assert sensitivity.min() >= 0
    assert sensitivity.max() <= 1
