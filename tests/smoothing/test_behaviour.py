"""Refusals, dtypes, batches, hard edges, warm starts and missed tolerances."""

import numpy as np
import pytest

from percept_adv import GuidedSmoother, threads
from percept_adv.errors import ConvergenceError, ImageError, ParameterError, ShapeError


@pytest.fixture
def guide():
    rows, columns = np.mgrid[:40, :36] / 40
    noise = 0.02 * np.random.default_rng(0).random((40, 36, 3))
    return 0.5 * rows[..., None] + 0.4 * (columns > 0.45)[..., None] + noise


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_unusable_values_are_refused(guide, bad):
    broken = guide.copy()
    broken[3, 4, 1] = bad
    with pytest.raises(ImageError, match="guide holds NaN or infinite"):
        GuidedSmoother(broken)
    smoother = GuidedSmoother(guide)
    with pytest.raises(ImageError, match="z holds"):
        smoother.smooth(broken)
    with pytest.raises(ImageError, match="g holds"):
        smoother.adjoint(broken)


def test_integers_are_refused(guide):
    with pytest.raises(ImageError, match="255"):
        GuidedSmoother((255 * guide).astype(np.uint8))


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": -0.1}, {"alpha": 1.0}, {"alpha": np.nan}, {"lam": -1.0}, {"lam": np.inf},
        {"kernel": "box"}, {"channels": "all"}, {"method": "lu"}, {"tol": 0.0}, {"tol": 1.0},
        {"neighbours": 0}, {"neighbours": {"reach": 2}}, {"neighbours": "8"},
        {"neighbours": 8, "spatial_sigma": 0.0}, {"method": "chebyshev", "steps": -1},
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(guide, options):
    with pytest.raises(ParameterError, match=r"give|choose"):
        GuidedSmoother(guide, **options)


def test_shapes_that_do_not_fit_are_refused(guide):
    smoother = GuidedSmoother(guide)
    with pytest.raises(ShapeError, match=r"\(40, 36\)"):
        smoother.smooth(np.zeros((36, 40, 3)))
    with pytest.raises(ShapeError, match="start has shape"):
        smoother.smooth(np.zeros((40, 36, 3)), start=np.zeros((40, 36)))
    with pytest.raises(ShapeError, match="graph each"):
        GuidedSmoother(guide, channels="per_channel").smooth(np.zeros((40, 36)))
    with pytest.raises(ShapeError, match="guide has shape"):
        GuidedSmoother(np.zeros((2, 3, 4, 5)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(40, 36), (40, 36, 3), (2, 40, 36, 5)])
def test_shape_and_dtype_are_kept(guide, dtype, shape):
    z = np.random.default_rng(1).random(shape).astype(dtype)
    smoother = GuidedSmoother(guide.astype(dtype))
    for result in (smoother.smooth(z), smoother.adjoint(z)):
        assert result.shape == shape
        assert result.dtype == dtype


def test_a_batch_is_its_images_side_by_side(guide):
    batch = np.random.default_rng(1).random((3, 40, 36, 2))
    smoother = GuidedSmoother(guide, tol=1e-9)
    together = smoother.smooth(batch)
    for image, smoothed in zip(batch, together, strict=True):
        np.testing.assert_allclose(smoother.smooth(image), smoothed, atol=1e-6)


@pytest.mark.parametrize("method", ["dense", "amg", "grid", "chebyshev"])
@pytest.mark.parametrize("lam", [300.0, 740.0, 5000.0])
def test_weights_that_vanish_leave_pixels_alone(method, lam):
    """exp(-740) is denormal, exp(-5000) is zero: the pixel is isolated, its value stays."""
    guide = np.zeros((15, 16))
    guide[7, 8] = guide[0, 0] = guide[14, 15] = 1.0
    z = np.random.default_rng(1).standard_normal((15, 16))
    smoothed = GuidedSmoother(guide, kernel="gaussian", lam=lam, method=method, tol=1e-9).smooth(z)
    assert np.isfinite(smoothed).all()
    for pixel in ((7, 8), (0, 0), (14, 15)):
        assert smoothed[pixel] == pytest.approx(z[pixel], abs=1e-6)
    assert abs(smoothed[3, 3]) < 0.5 * np.abs(z).max()


def test_a_chessboard_of_isolated_pixels_is_left_as_it_is():
    guide = (np.indices((30, 31)).sum(axis=0) % 2).astype(float)
    z = np.random.default_rng(1).standard_normal((30, 31))
    for alpha in (0.997, 0.9999):
        smoother = GuidedSmoother(guide, kernel="gaussian", lam=1e4, alpha=alpha)
        np.testing.assert_allclose(smoother.smooth(z), z, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.997, 0.9999])
def test_a_close_start_saves_iterations(guide, alpha):
    z = np.random.default_rng(1).standard_normal(guide.shape)
    smoother = GuidedSmoother(guide, alpha=alpha, tol=1e-5)
    cold = smoother.solve(z)
    warm = smoother.solve(z + 1e-3, start=cold.x)
    assert warm.converged
    assert warm.iterations < 0.75 * cold.iterations
    assert smoother.solve(z, start=cold.x).iterations == 0
    again = smoother.smooth(z, start=smoother.smooth(z, tol=1e-8), tol=1e-7)
    np.testing.assert_allclose(again, smoother.smooth(z, tol=1e-9), atol=1e-5)


@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e20, 1e200])
def test_any_magnitude(guide, size):
    z = np.random.default_rng(1).standard_normal(guide.shape)
    smoother = GuidedSmoother(guide, tol=1e-8)
    np.testing.assert_allclose(smoother.smooth(size * z) / size, smoother.smooth(z), atol=1e-6)


@pytest.mark.parametrize("alpha", [0.997, 0.9999, 1 - 1e-6])
@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (2, 3), (3, 3), (1, 5)])
def test_convergence_in_one_step_does_not_break_the_next(alpha, shape):
    """The residual of the recurrence then falls far below the true one."""
    smoother = GuidedSmoother(np.full(shape, 0.4), alpha=alpha, method="grid", tol=1e-9)
    for seed in range(5):
        z = np.random.default_rng(seed).standard_normal((*shape, 3))
        assert smoother.solve(z).converged


def test_zeros_are_solved_at_once(guide):
    result = GuidedSmoother(guide).solve(np.zeros((40, 36, 3)))
    assert result.converged
    assert not result.x.any()


def test_a_missed_tolerance_is_said(guide):
    z = np.random.default_rng(1).standard_normal(guide.shape)
    smoother = GuidedSmoother(guide, alpha=1 - 1e-6)
    result = smoother.solve(z, tol=1e-15)
    assert not result.converged
    assert result.relative_residual > 1e-15
    with pytest.raises(ConvergenceError, match="relative residual"):
        smoother.smooth(z, tol=1e-15)


def test_truncated_chebyshev_is_still_self_adjoint_and_linear(guide):
    z, g = np.random.default_rng(1).standard_normal((2, *guide.shape))
    smoother = GuidedSmoother(guide, method="chebyshev", steps=7)
    forward, backward = smoother.smooth(z), smoother.adjoint(g)
    assert np.vdot(forward, g) == pytest.approx(np.vdot(z, backward), rel=1e-10)
    np.testing.assert_allclose(smoother.smooth(z + g), forward + smoother.smooth(g), atol=1e-10)
    assert smoother.solve(z).iterations == 7
    assert not smoother.solve(z).converged


def test_threads_do_not_change_a_bit(monkeypatch):
    guide = np.random.default_rng(0).random((300, 310, 3))
    z = np.random.default_rng(1).standard_normal((300, 310, 5))
    results = []
    for count in ("1", "3"):
        monkeypatch.setenv("PERCEPT_ADV_THREADS", count)
        assert threads.thread_count() == int(count)
        smoother = GuidedSmoother(guide, alpha=0.999, lam=3.0, tol=1e-4)
        results.append(smoother.smooth(z))
    np.testing.assert_array_equal(*results)
