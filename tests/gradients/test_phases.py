"""Strided convolutions differentiated phase by phase, whatever the windows."""

from unittest import mock

import numpy as np
import pytest
from derivative import make_model, session
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.gradients import build_gradient_graph
from percept_adv.gradients.rules import phases

INPUTS, OUTPUTS = 16, 32


@st.composite
def geometries(draw):
    kernel = [draw(st.integers(1, 5)) for _ in range(2)]
    strides = [draw(st.integers(1, 2)) for _ in range(2)]
    pads = [draw(st.integers(0, taps)) for taps in [*kernel, *kernel]]
    sizes = [draw(st.integers(taps, taps + 6)) for taps in kernel]
    return sizes, kernel, strides, pads


def convolution(sizes, kernel, strides, pads, generator):
    weights = generator.standard_normal((OUTPUTS, INPUTS, *kernel)).astype(np.float32)
    node = f"y = Conv<strides={strides}, pads={pads}>(x, w)"
    return make_model([node], (2, INPUTS, *sizes), {"w": weights})


def check_adjoint(model, graph, sizes, generator):
    """Assert <J v, c> = <v, J^T c>, image by image: a convolution is its own derivative."""
    image = generator.standard_normal((3, INPUTS, *sizes)).astype(np.float32)
    y = session(model).run(None, {"x": image})[0]
    cotangent = generator.standard_normal(y.shape).astype(np.float32)
    feeds = {"x": np.zeros_like(image), "cotangent": cotangent}
    gradient = session(graph).run(["input_gradient"], feeds)[0]
    assert gradient.shape == image.shape
    forward, backward = (
        (one.astype(np.float64) * other).reshape(3, -1)
        for one, other in ((y, cotangent), (gradient, image))
    )
    error = np.abs(backward.sum(axis=1) - forward.sum(axis=1))
    assert (error <= 1e-4 * (np.linalg.norm(forward, axis=1) + 1e-3)).all()


@settings(max_examples=40, deadline=None)
@given(geometry=geometries(), seed=st.integers(0, 2**32 - 1))
def test_the_gradient_is_the_adjoint(geometry, seed):
    generator = np.random.default_rng(seed)
    model = convolution(*geometry, generator)
    with mock.patch.object(phases, "_MOST_PIXELS", np.inf):
        graph = build_gradient_graph(model)
    check_adjoint(model, graph, geometry[0], generator)


@pytest.mark.parametrize(
    ("sizes", "kernel", "strides", "pads"),
    [
        ([14, 14], [3, 3], [2, 2], [1, 1, 1, 1]),
        ([35, 33], [3, 3], [2, 2], [0, 0, 0, 0]),
        ([14, 14], [2, 2], [2, 2], [0, 0, 0, 0]),
        ([15, 14], [1, 1], [2, 2], [0, 0, 0, 0]),
        ([12, 12], [5, 3], [2, 1], [2, 1, 2, 1]),
    ],
)
def test_frequent_windows_take_no_transposed_convolution(sizes, kernel, strides, pads):
    generator = np.random.default_rng(3)
    model = convolution(sizes, kernel, strides, pads, generator)
    graph = build_gradient_graph(model)
    assert "ConvTranspose" not in {node.op_type for node in graph.graph.node}
    check_adjoint(model, graph, sizes, generator)
