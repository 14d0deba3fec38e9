"""The parts of MAD against direct, slow ways to the same numbers."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from scipy.stats import kurtosis, skew

from percept_adv.metrics.apparent_distortion import crop, filters, spectra, subbands
from percept_adv.metrics.apparent_distortion.filters import ContrastSensitivity, LogGaborBank
from percept_adv.metrics.apparent_distortion.local_error import local_error_energy, mean_squares
from percept_adv.metrics.apparent_distortion.moments import (
    cell_moments,
    put_amplitude_moments,
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
    found = np.empty((4, 5, 7), values.astype(dtype).real.dtype)
    put_amplitude_moments(values.astype(dtype), found, 0)
    accuracy = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, cell_moments(abs(values)), rtol=accuracy, atol=accuracy)


@pytest.mark.parametrize("block_size", [2, 8, 16])
def test_local_error_is_the_mean_of_its_block(block_size):
    difference = np.random.default_rng(4).normal(size=(41, 53))
    expected = uniform_filter(difference**2, block_size)
    first = block_size // 2
    inside = tuple(slice(first, first + n - block_size + 1) for n in difference.shape)
    np.testing.assert_allclose(mean_squares(difference, block_size), expected[inside], rtol=1e-12)


@pytest.mark.parametrize("block_size", [2, 16])
@pytest.mark.parametrize("shape", [(34, 34), (37, 62), (64, 51)])
def test_sums_over_cells_are_sums_over_pixels(shape, block_size):
    one, other = np.random.default_rng(5).integers(0, 256, (2, *shape), np.uint8)
    # An even window of uniform_filter ends one pixel before the one that MAD takes.
    error = uniform_filter((one - 1.0 * other) ** 2, block_size, origin=-1, mode="constant") ** 2
    inside = np.zeros(shape)
    cropped = tuple(slice(*crop.bounds(size, block_size)) for size in shape)
    inside[cropped] = error[cropped]
    cells = tuple(crop.cells_of(size) for size in shape)
    expected = [
        [inside[4 * r : 4 * r + 4, 4 * c : 4 * c + 4].sum() for c in range(cells[1])]
        for r in range(cells[0])
    ]
    found = local_error_energy(one, other, np.dtype(np.float64), block_size)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    counts = np.outer(*(crop.pixels_per_cell(size, block_size) for size in shape))
    black, grey = np.zeros(shape, np.uint8), np.ones(shape, np.uint8)
    ones = local_error_energy(black, grey, np.dtype(np.float64), block_size)
    np.testing.assert_array_equal(ones, counts)


SHAPES = [(33, 40), (40, 33), (35, 37), (36, 52)]


def filters_of_the_whole_plane(shape):
    """Return the 20 filters as the authors have them: on the shifted plane, then back."""
    rows, columns = shape
    x = (np.arange(columns)[None, :] - columns / 2) / (columns / 2)
    y = (np.arange(rows)[:, None] - rows / 2) / (rows / 2)
    centre = int(rows / 2 + 0.5), int(columns / 2 + 0.5)
    radius, angle = np.hypot(x, y), np.arctan2(-y, x)
    radius[centre] = 1
    for scale in range(5):
        wavelength = 3.0 * 3**scale
        radial = np.exp(-(np.log(radius * wavelength / 2) ** 2) / (2 * np.log(0.55) ** 2))
        radial[centre] = 0
        for orientation in range(4):
            turned = angle - orientation * np.pi / 4
            wrapped = np.arctan2(np.sin(turned), np.cos(turned))
            gain = radial * np.exp(-(wrapped**2) / (2 * (np.pi / 6) ** 2))
            yield orientation, scale, np.fft.fftshift(gain)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_subbands_are_those_of_the_whole_plane(shape, kept, monkeypatch):
    """Also where a sub-band needs many blocks, one after the other."""
    if not kept:
        monkeypatch.setattr(filters, "_LARGEST_KEPT", 0)
        monkeypatch.setattr(spectra, "_BLOCK", 1)
        monkeypatch.setattr(subbands, "_AT_ONCE", 1)
    image = np.random.default_rng(8).uniform(0, 255, shape)
    spectrum = spectra.half_spectrum(image)
    wanted, expected = [], []
    for orientation, scale, gain in filters_of_the_whole_plane(shape):
        wanted.append((orientation, scale))
        expected.append(cell_moments(np.abs(np.fft.ifft2(np.fft.fft2(image) * gain))))
    bank = LogGaborBank(shape, np.dtype(float))
    made = subbands.SubbandFilter(shape, bank, spectrum.dtype, wanted)
    for found, right in zip(made.cell_moments(spectrum), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_contrast_sensitivity_is_the_real_part_of_that_of_the_whole_plane(shape):
    rows, columns = shape
    image = np.random.default_rng(9).uniform(0, 20, shape)
    r = np.arange(rows)[:, None] - rows / 2 + 0.5
    c = np.arange(columns)[None, :] - columns / 2 + 0.5
    frequency = 64 / columns * np.hypot(r, c)
    rho = frequency / (0.15 * np.cos(4 * np.angle(r + 1j * c)) + 0.85)
    sensitivity = 2.6 * (0.0192 + 0.114 * rho) * np.exp(-((0.114 * rho) ** 1.1))
    sensitivity[rho < 7.8909] = 0.9809
    shifted = np.fft.fftshift(np.fft.fft2(image)) * sensitivity
    expected = np.fft.ifft2(np.fft.ifftshift(shifted)).real
    half = ContrastSensitivity(shape, np.dtype(float))
    count = columns // 2 + 1
    bands = [half.band(start, min(start + 8, count)) for start in range(0, count, 8)]
    found = np.fft.irfft2(np.fft.rfft2(image) * np.concatenate(bands).T, s=shape)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
