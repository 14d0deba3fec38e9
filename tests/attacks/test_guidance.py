"""Guided smoothing of a batch: by solvers and by fixed steps, which have to agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.attacks.perceptual.options import EnergyOptions, SmoothingOptions
from percept_adv.attacks.perceptual.roughness import Roughness
from percept_adv.attacks.perceptual.smoothing import FixedGuidance, SolvedGuidance, build_guidance
from percept_adv.attacks.perceptual.stencil import Stencil
from percept_adv.pixel_graph import neighbourhood, pixel_graph

OPTIONS = [
    {},
    {"alpha": 0.95},
    {"kernel": "gaussian", "lam": 300.0},
    {"neighbours": 8},
    {"neighbours": 2.3, "spatial_sigma": 2.0},
    {"channels": "per_channel"},
    {"alpha": 0.0},
]


def images(shape=(2, 9, 12, 3), seed=0, kind=np.float64):
    return np.random.default_rng(seed).random(shape).astype(kind)


@pytest.mark.parametrize("own", OPTIONS, ids=str)
def test_fixed_steps_smooth_as_solvers_do(own):
    guides, z, start = images(), images(seed=1) - 0.5, images(seed=2)
    solved = build_guidance(guides, SmoothingOptions(tol=1e-9, method="dense", **own))
    fixed = build_guidance(guides, SmoothingOptions(tol=1e-9, method="chebyshev", **own))
    assert isinstance(solved, SolvedGuidance)
    assert isinstance(fixed, FixedGuidance)
    for way in ("smooth", "adjoint"):
        expected = getattr(solved, way)(z, start=0 * z)
        np.testing.assert_allclose(getattr(fixed, way)(z, start=0 * z), expected, atol=1e-6)
        np.testing.assert_allclose(getattr(fixed, way)(z, start=start), expected, atol=1e-6)


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3)),
    st.integers(0, 12),
    st.sampled_from(OPTIONS),
)
@settings(max_examples=40, deadline=None)
def test_the_adjoint_is_exact_however_few_the_steps(shape, steps, own):
    guides, z, g = images(shape), images(shape, 1), images(shape, 2)
    fixed = build_guidance(guides, SmoothingOptions(method="chebyshev", steps=steps, **own))
    forward = np.sum(fixed.smooth(z, start=0 * z) * g)
    np.testing.assert_allclose(forward, np.sum(z * fixed.adjoint(g, start=0 * g)), rtol=1e-9)


def test_rows_are_those_of_their_images():
    guides, z = images((4, 6, 5, 3)), images((4, 6, 5, 3), 1)
    options = SmoothingOptions(method="chebyshev", channels="per_channel")
    whole = build_guidance(guides, options)
    parts = build_guidance(guides[:1], options).join(build_guidance(guides[1:], options))
    for rows in ([0, 1, 2, 3], [3, 1]):
        expected = whole.smooth(z, start=0 * z)[rows]
        found = parts.take(np.array(rows)).smooth(z[rows], start=0 * z[rows])
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 3])),
    st.sampled_from([4, 8, 1.5, 3.2]),
)
@settings(max_examples=40, deadline=None)
def test_stencils_multiply_as_the_sparse_matrix(shape, neighbours):
    guides, x = images(shape), images(shape, 1)
    options = EnergyOptions(neighbours=neighbours, alpha=0.9)
    found = Stencil.build(guides, options, per_channel=False).apply(x)
    energy = Roughness.build(guides, options).apply(x)
    hood = neighbourhood(neighbours)
    for row, guide in enumerate(guides):
        wn = pixel_graph(guide, hood, kernel="laplacian", lam=10.0).normalised_matrix()
        flat = x[row].reshape(-1, shape[-1])
        np.testing.assert_allclose(found[row].reshape(flat.shape), wn @ flat, atol=1e-12)
        expected = (flat - 0.9 * (wn @ flat)) / (1 - 0.9)
        np.testing.assert_allclose(energy[row].reshape(flat.shape), expected, atol=1e-11)
