"""A mask: inside, the smoothing of the region alone; outside, nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import spsolve

from percept_adv import GuidedSmoother
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import build_guidance
from percept_adv.errors import ParameterError, ShapeError

METHODS = ["auto", "grid", "amg", "chebyshev", "dense"]


@st.composite
def cases(draw, regions=("rectangle", "scattered")):
    shape = (draw(st.integers(2, 20)), draw(st.integers(2, 20)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    kernel, lam = draw(st.sampled_from([("laplacian", 10.0), ("gaussian", 300.0)]))
    options = {
        "kernel": kernel,
        "lam": lam,
        "alpha": draw(st.sampled_from([0.0, 0.95, 0.997, 0.9999])),
        "channels": draw(st.sampled_from(["joint", "per_channel"])),
        "neighbours": draw(st.sampled_from([4, 4, 8, 2.0])),
    }
    usable = METHODS if options["neighbours"] == 4 else sorted({*METHODS} - {"grid"})
    options["method"] = draw(st.sampled_from(usable))
    guide = rng.random((*shape, 3))
    guide[: shape[0] // 2] = 0.4
    mask = rng.random(shape) < 0.7
    mask[rng.integers(shape[0]), rng.integers(shape[1])] = True
    if draw(st.sampled_from(regions)) == "rectangle":
        top, left = rng.integers(shape[0]), rng.integers(shape[1])
        mask[...] = False
        bottom, right = rng.integers(top, shape[0]) + 1, rng.integers(left, shape[1]) + 1
        mask[top:bottom, left:right] = True
    return guide, mask, options, rng


@settings(max_examples=40, deadline=None)
@given(cases(regions=("rectangle",)))
def test_a_rectangle_is_smoothed_as_if_it_were_alone(case):
    guide, mask, options, rng = case
    z = rng.standard_normal(guide.shape)
    inside = np.ix_(mask.any(axis=1), mask.any(axis=0))
    whole = GuidedSmoother(guide, tol=1e-10, mask=mask, **options)
    alone = GuidedSmoother(guide[inside], tol=1e-10, **options)
    for way in ("smooth", "adjoint"):
        found, expected = getattr(whole, way)(z), getattr(alone, way)(z[inside])
        np.testing.assert_allclose(found[inside], expected, atol=1e-5)
        assert (found[~mask] == 0).all()
    np.testing.assert_allclose(whole.normalizer[inside], alone.normalizer, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_nothing_flows_across_the_border_and_the_adjoint_stays_one(case):
    guide, mask, options, rng = case
    z, g, other = rng.standard_normal((3, *guide.shape))
    smoother = GuidedSmoother(guide, tol=1e-10, mask=mask, **options)
    forward, backward = smoother.smooth(z), smoother.adjoint(g)
    assert (forward[~mask] == 0).all()
    assert (backward[~mask] == 0).all()
    np.testing.assert_array_equal(smoother.smooth(np.where(mask[..., None], z, other)), forward)
    scale = np.linalg.norm(forward) * np.linalg.norm(g)
    assert abs(np.vdot(forward, g) - np.vdot(z, backward)) <= 1e-6 * max(scale, 1e-300)
    start = np.where(mask[..., None], 1.0, other)
    ones = smoother.smooth(np.ones(guide.shape), start=start)
    np.testing.assert_allclose(ones, np.broadcast_to(mask[..., None], ones.shape), atol=1e-4)


def test_a_mask_may_be_an_image():
    guide = np.random.default_rng(0).random((6, 5, 3))
    mask = np.zeros((6, 5))
    mask[2:] = 255
    given = GuidedSmoother(guide, alpha=0.9, mask=mask).smooth(guide)
    np.testing.assert_array_equal(
        given, GuidedSmoother(guide, alpha=0.9, mask=mask > 0).smooth(guide)
    )


def test_masks_that_cannot_be_used():
    guide = np.zeros((4, 5))
    with pytest.raises(ShapeError, match=r"mask has the shape \(5, 4\): give \(4, 5\)"):
        GuidedSmoother(guide, mask=np.ones((5, 4)))
    with pytest.raises(ParameterError, match="leaves no pixel"):
        GuidedSmoother(guide, mask=np.zeros((4, 5)))


@pytest.mark.parametrize("method", ["auto", "chebyshev"])
@pytest.mark.parametrize("channels", ["joint", "per_channel"])
def test_what_an_attack_smooths_with_is_the_graph_of_the_masked_pixels_alone(method, channels):
    """Against SciPy's direct solver on a graph that has no other pixel, built from eq. 5-8."""
    rng = np.random.default_rng(3)
    guides, z = rng.random((2, 2, 9, 11, 3)).astype(np.float32)
    masks = rng.random((2, 9, 11, 1)) < 0.6
    options = SmoothingOptions(alpha=0.95, channels=channels, method=method, tol=1e-8)
    guidance = build_guidance(guides, options, masks.astype(np.float32))
    found = guidance.smooth(z, start=np.zeros_like(z))
    for row in range(2):
        for channel in range(3):
            part = slice(channel, channel + 1) if channels == "per_channel" else slice(None)
            inside = masks[row, ..., 0]
            expected = _solved_alone(guides[row, ..., part], inside, z[row, ..., channel], 0.95)
            np.testing.assert_allclose(found[row, ..., channel], expected, atol=2e-5)


def _solved_alone(guide, mask, z, alpha, lam=10.0):
    """Return s_hat(z) on the sub-graph of the mask, 0 elsewhere."""
    pixels = np.argwhere(mask)
    colours = guide[mask].astype(np.float64)
    apart = np.abs(pixels[:, None] - pixels[None]).sum(axis=2)
    differences = np.linalg.norm(colours[:, None] - colours[None], axis=2)
    weights = np.where(apart == 1, np.exp(-lam * differences), 0.0)
    degrees = weights.sum(axis=1)
    root = np.divide(1, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
    normalised = root[:, None] * weights * root
    laplacian = sparse.csc_array((np.eye(len(pixels)) - alpha * normalised) / (1 - alpha))
    sides = np.stack([z[mask].astype(np.float64), np.ones(len(pixels))], axis=1)
    solved = spsolve(laplacian, sides)
    result = np.zeros(mask.shape)
    result[mask] = solved[:, 0] / solved[:, 1]
    # A pixel without neighbours keeps its value.
    result[mask] = np.where(degrees > 0, result[mask], z[mask])
    return result
