"""The polynomial of Chebyshev's steps."""

import numpy as np
import pytest
from numpy.polynomial.chebyshev import chebval

from percept_adv.solvers import chebyshev_steps
from percept_adv.solvers.chebyshev import chebyshev_coefficients


@pytest.mark.parametrize("alpha", [0.5, 0.95, 0.997])
@pytest.mark.parametrize("degree", [1, 2, 7, 40])
def test_the_residual_is_a_chebyshev_polynomial(alpha, degree):
    t = np.linspace(-1, 1, 500)
    last = [0.0] * degree + [1.0]
    residual = 1 - (1 - alpha * t) * chebval(t, chebyshev_coefficients(alpha, degree))
    np.testing.assert_allclose(residual, chebval(t, last) / chebval(1 / alpha, last), atol=1e-12)


def test_without_smoothing_one_term_is_exact():
    assert chebyshev_coefficients(0.0, 3) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("alpha", [0.1, 0.95, 0.997])
@pytest.mark.parametrize("tol", [0.5, 1e-3, 1e-8])
def test_no_step_is_needless(alpha, tol):
    """The bound on the residual, 1 / T(1 / alpha), is half the tolerance, one step before above."""
    steps = chebyshev_steps(alpha, tol)
    bound = [1 / np.cosh(degree * np.arccosh(1 / alpha)) for degree in (steps, steps + 1)]
    assert bound[1] <= tol / 2
    assert steps == 0 or bound[0] > tol / 2
