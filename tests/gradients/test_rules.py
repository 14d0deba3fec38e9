"""Every rule against finite differences, on its generated cases."""

import numpy as np
import pytest
from cases import CASES
from derivative import check_gradient, make_model, session
from quantized_cases import QUANTIZED

from percept_adv.gradients import build_gradient_graph
from percept_adv.gradients.registry import all_rules

PAIRS = [(name, index) for name, cases in CASES.items() for index in range(len(cases))]


@pytest.mark.parametrize(("name", "index"), PAIRS)
def test_rule(name, index):
    case = CASES[name][index]
    model = make_model(case.nodes, case.x, case.constants, opset=case.opset, batch=case.batch)
    x = np.random.default_rng(3).standard_normal(case.x).astype(np.float32)
    if case.positive:
        x = np.abs(x) + 0.3
    check_gradient(model, {"x": x})


def gradient_by(model, x, cotangent):
    graph = build_gradient_graph(model)
    return session(graph).run(["input_gradient"], {"x": x, "cotangent": cotangent})[0]


def test_simplified_layer_normalization():
    """onnxruntime's own operator in the standard domain has no schema: against its parts."""
    rng = np.random.default_rng(0)
    x, cotangent, scale = (
        rng.standard_normal(shape).astype(np.float32) for shape in ((2, 4, 5), (2, 4, 5), (5,))
    )
    fused = ["y = SimplifiedLayerNormalization<axis=-1, epsilon=0.01>(x, s)"]
    parts = [
        "square = Mul(x, x)",
        "mean = ReduceMean(square, axis)",
        "more = Add(mean, epsilon)",
        "root = Sqrt(more)",
        "normal = Div(x, root)",
        "y = Mul(normal, s)",
    ]
    constants = {"axis": np.array([-1]), "epsilon": np.float32(0.01), "s": scale}
    expected = gradient_by(make_model(parts, x.shape, constants), x, cotangent)
    found = gradient_by(make_model(fused, x.shape, {"s": scale}), x, cotangent)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("zeros", [[], [0], [0, 2], [0, 1, 2]])
def test_products_with_zeros(zeros):
    x = np.array([[2.0, -3.0, 0.5]], np.float32)
    x[0, zeros] = 0
    model = make_model(["y = ReduceProd(x, a)"], x.shape, {"a": np.array([1])})
    found = gradient_by(model, x, np.ones((1, 1), np.float32))
    others = [np.prod(np.delete(x[0], i)) for i in range(3)]
    np.testing.assert_allclose(found, [others], rtol=1e-6)


def test_every_rule_has_cases():
    rules = {(entry.domain, entry.op_type) for entry in all_rules()}
    covered = {("", name) for name in CASES} | set(QUANTIZED)
    assert rules <= covered, sorted(rules - covered)
