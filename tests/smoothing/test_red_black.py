"""The polynomial of fixed steps on two colours."""

import numpy as np
import pytest
from numpy.polynomial.chebyshev import chebval

from percept_adv.solvers.red_black import series_coefficients


@pytest.mark.parametrize("alpha", [0.5, 0.95, 0.997])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_the_residual_is_a_chebyshev_polynomial(alpha, count):
    t = np.linspace(-1, 1, 500)
    last = [0.0] * (2 * count) + [1.0]
    even = np.zeros(2 * count - 1)
    even[::2] = series_coefficients(alpha, count)
    residual = 1 - (1 - (alpha * t) ** 2) * chebval(t, even)
    np.testing.assert_allclose(residual, chebval(t, last) / chebval(1 / alpha, last), atol=1e-12)


def test_without_smoothing_one_term_is_exact():
    assert series_coefficients(0.0, 3) == [1.0, 0.0, 0.0]
