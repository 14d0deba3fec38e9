"""Fixed steps on the two colours of a checkerboard."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from percept_adv.attacks.perceptual.checkerboard import Checkerboard, joined, split
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import build_guidance
from percept_adv.attacks.perceptual.stencil import Stencil
from percept_adv.tracing import Graph

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
GRAPHS = [{}, {"kernel": "gaussian", "lam": 300.0}, {"channels": "per_channel"}]


def images(shape, seed=0, kind=np.float64):
    return np.random.default_rng(seed).random(shape).astype(kind)


def guidance(guides, **own):
    return build_guidance(guides, SmoothingOptions(method="chebyshev", **own))


def test_only_four_neighbours_have_two_colours():
    guides = images((1, 4, 5, 3))
    assert isinstance(guidance(guides).graph, Checkerboard)
    assert isinstance(guidance(guides, neighbours=8).graph, Stencil)


@given(SHAPES)
@example((0, 4, 5, 3))
@settings(max_examples=40, deadline=None)
def test_colours_are_joined_as_they_were_split(shape):
    x = images(shape)
    np.testing.assert_array_equal(joined(*split(x), shape=shape), x)


@given(SHAPES, st.integers(0, 9), st.sampled_from(GRAPHS), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_shape_is_solved_to_the_tolerance(shape, seed, own, constant):
    guides = np.full(shape, 0.5) if constant else images(shape, seed)
    z, start = images(shape, 1) - 0.5, images(shape, 2)
    solved = build_guidance(guides, SmoothingOptions(method="dense", tol=1e-9, **own))
    for tol in (1e-2, 1e-8):
        fixed = guidance(guides, tol=tol, **own)
        solution, exact = (each.smooth(z, start=0 * z) for each in (fixed, solved))
        weight = fixed.normalizer
        bound = tol * np.linalg.norm(exact * weight, axis=(1, 2)) + 1e-9
        assert np.all(np.linalg.norm((solution - exact) * weight, axis=(1, 2)) <= bound)
    np.testing.assert_allclose(fixed.smooth(z, start=start), exact, atol=1e-4)


@given(SHAPES, st.integers(0, 40), st.sampled_from(GRAPHS))
@settings(max_examples=30, deadline=None)
def test_the_residual_is_within_its_bound(shape, steps, own):
    guides, z = images(shape), images(shape, 1) - 0.5
    fixed = guidance(guides, steps=steps, **own)
    per_channel = own.get("channels") == "per_channel"
    stencil = Stencil.build(guides, SmoothingOptions(**own), per_channel=per_channel)
    alpha = fixed.alpha
    degree = 2 * (steps // 2 + 1)
    bound = np.sqrt(2) * np.linalg.norm(z) / np.cosh(degree * np.arccosh(1 / alpha))
    x = fixed.graph.solve(z, alpha=alpha, steps=steps, start=0 * z)
    residual = z - (x - alpha * stencil.apply(x)) / (1 - alpha)
    assert np.linalg.norm(residual) <= bound * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("own", GRAPHS, ids=str)
@pytest.mark.parametrize("steps", [0, 1, 6, 50])
def test_the_adjoint_is_exact_in_single_precision(own, steps):
    shape = (2, 31, 46, 3)
    guides, z, g = (images(shape, seed, np.float32) for seed in range(3))
    fixed = guidance(guides, steps=steps, **own)
    forward, backward = fixed.smooth(z, start=0 * z), fixed.adjoint(g, start=0 * g)
    assert forward.dtype == backward.dtype == np.float32
    wide = [each.astype(np.float64) for each in (forward, g, z, backward)]
    np.testing.assert_allclose(np.sum(wide[0] * wide[1]), np.sum(wide[2] * wide[3]), rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 7, 3), (2, 2, 3, 1)], ids=str)
def test_fixed_steps_are_traced_as_they_are_computed(shape):
    onnxruntime = pytest.importorskip("onnxruntime")
    guides, z, start = (images(shape, seed, np.float32) for seed in range(3))
    fixed = guidance(guides, steps=2)
    graph = Graph()
    arguments = [graph.input(name, shape, np.float32) for name in ("z", "start")]
    model = graph.model({"found": fixed.smooth(arguments[0], start=arguments[1])})
    operators = {node.op_type for node in model.graph.node}
    assert not operators & {"If", "Loop", "Scan", "GatherND", "ScatterND"}
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(None, {"z": z, "start": start})[0]
    np.testing.assert_allclose(found, fixed.smooth(z, start=start), rtol=1e-6, atol=1e-7)
