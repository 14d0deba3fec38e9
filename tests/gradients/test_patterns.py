"""Functions written as several nodes: what matches, and why not."""

import numpy as np
import pytest
from derivative import make_model

from percept_adv.gradients import build_gradient_graph
from percept_adv.gradients.canonical import canonicalize
from percept_adv.gradients.patterns import GELU, SWISH, Matcher, Mismatch

ROOT, HALF = np.float32(2**0.5), np.float32(0.5)


def matched(pattern, nodes, **constants):
    canonical = canonicalize(make_model(nodes, (2, 3), constants))
    producers = {name: node for node in canonical.model.graph.node for name in node.output}
    return Matcher(producers, canonical.facts).match(pattern, "y")


def gelu(rest, half=HALF, root=ROOT):
    nodes = ["u = Div(x, r)", "e = Erf(u)", "o = Add(e, one)", *rest]
    return matched(GELU, nodes, r=root, h=half, one=np.float32(1))


@pytest.mark.parametrize("half", [np.float32(0.5), np.array([0.5], np.float32)])
@pytest.mark.parametrize(
    "rest",
    [
        ["a = Mul(x, o)", "y = Mul(a, h)"],
        ["a = Mul(h, x)", "y = Mul(a, o)"],
        ["a = Mul(o, h)", "y = Mul(x, a)"],
        ["a = Mul(h, o)", "y = Mul(a, x)"],
    ],
)
def test_every_order_of_a_gelu(rest, half):
    assert gelu(rest, half) == {"x": "x"}


def test_a_mismatch_says_where_and_why():
    found = gelu(["a = Mul(x, o)", "y = Mul(a, h)"], root=np.float32(1.5))
    assert found == Mismatch("r", "not the number 1.41421")
    found = gelu(["y = Mul(x, o)"])
    assert found == Mismatch("x", "an input or a constant, not of Mul")


def test_a_swish_of_another_tensor_is_none():
    nodes = ["z = Exp(x)", "s = Sigmoid(z)", "y = Mul(x, s)"]
    assert matched(SWISH, nodes).reason == "another tensor than 'x'"
    assert matched(SWISH, ["s = Sigmoid(x)", "y = Mul(s, x)"]) == {"x": "x"}


@pytest.mark.parametrize("shape", [(), (1,)])
def test_the_half_of_a_gelu_goes_last_whatever_its_rank(shape):
    nodes = ["u = Div(x, r)", "e = Erf(u)", "o = Add(e, one)", "a = Mul(h, o)", "y = Mul(x, a)"]
    half = np.full(shape, 0.5, np.float32)
    graph = build_gradient_graph(
        make_model(nodes, (2, 3), {"r": ROOT, "h": half, "one": np.float32(1)})
    ).graph
    last = next(node for node in graph.node if node.output[0] == "y")
    assert list(last.input) == ["a", "h"]
