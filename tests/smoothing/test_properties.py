"""What the definition implies (eq. 8, 9), for all shapes, kernels and guides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv import GuidedSmoother

KINDS = ["constant", "binary", "random", "photograph"]


def make_guide(kind, shape, rng):
    if kind == "constant":
        return np.full((*shape, 3), 0.4)
    if kind == "binary":
        return np.repeat(rng.integers(0, 2, (*shape, 1)).astype(float), 3, axis=2)
    if kind == "random":
        return rng.random((*shape, 3))
    rows, columns = np.mgrid[: shape[0], : shape[1]] / max(shape)
    ramp = 0.3 * rows + 0.5 * (rows + columns > 0.8)
    return np.clip(ramp[..., None] + 0.02 * rng.standard_normal((*shape, 3)), 0, 1)


@st.composite
def cases(draw):
    shape = (draw(st.integers(1, 24)), draw(st.integers(1, 24)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    kernel, lam = draw(st.sampled_from([("laplacian", 10.0), ("gaussian", 300.0)]))
    options = {
        "kernel": kernel,
        "lam": lam,
        "alpha": draw(st.sampled_from([0.0, 0.95, 0.997, 0.9999])),
        "method": draw(st.sampled_from(["auto", "amg", "chebyshev", "dense"])),
        "neighbours": draw(st.sampled_from([4, 4, 4, 8, 2.0])),
    }
    return make_guide(draw(st.sampled_from(KINDS)), shape, rng), options, rng


@settings(max_examples=40, deadline=None)
@given(cases())
def test_adjoint_identity(case):
    guide, options, rng = case
    z, g = rng.standard_normal((2, *guide.shape))
    smoother = GuidedSmoother(guide, tol=1e-10, **options)
    forward, backward = smoother.smooth(z), smoother.adjoint(g)
    scale = np.linalg.norm(forward) * np.linalg.norm(g)
    assert abs(np.vdot(forward, g) - np.vdot(z, backward)) <= 1e-6 * scale


@settings(max_examples=30, deadline=None)
@given(cases())
def test_weighted_mean(case):
    guide, options, rng = case
    z = rng.random(guide.shape)
    smoother = GuidedSmoother(guide, tol=1e-9, **options)
    smoothed = smoother.smooth(z)
    assert (smoother.normalizer > 0).all()
    assert smoothed.min() >= z.min() - 1e-4
    assert smoothed.max() <= z.max() + 1e-4
    np.testing.assert_allclose(smoother.smooth(np.ones(guide.shape[:2])), 1.0, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_linear(case):
    guide, options, rng = case
    one, other = rng.standard_normal((2, *guide.shape))
    smooth = GuidedSmoother(guide, tol=1e-10, **options).smooth
    expected = 2.5 * smooth(one) - 0.5 * smooth(other)
    np.testing.assert_allclose(smooth(2.5 * one - 0.5 * other), expected, atol=1e-4)


@pytest.mark.parametrize("alpha", [0.5, 0.95, 0.9999])
@pytest.mark.parametrize("shape", [(1, 2), (1, 4), (2, 2), (5, 1), (3, 4)])
def test_few_pixels_to_the_last_digit(shape, alpha):
    # The iteration ends on them before its tolerance asks it to.
    guide, z = np.full((*shape, 3), 0.4), np.random.default_rng(0).standard_normal((*shape, 3))
    quick = GuidedSmoother(guide, alpha=alpha, tol=1e-11, method="grid").smooth(z)
    exact = GuidedSmoother(guide, alpha=alpha, tol=1e-11, method="dense").smooth(z)
    np.testing.assert_allclose(quick, exact, atol=1e-9)


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, lambda a: a.swapaxes(0, 1)])
@settings(max_examples=15, deadline=None)
@given(case=cases())
def test_flips_and_transposition(turn, case):
    guide, options, rng = case
    z = rng.standard_normal(guide.shape)
    straight = GuidedSmoother(guide, tol=1e-10, **options).smooth(z)
    turned = GuidedSmoother(turn(guide), tol=1e-10, **options).smooth(turn(z))
    np.testing.assert_allclose(turned, turn(straight), atol=1e-4)
