"""Every rule against finite differences, on its generated cases."""

import numpy as np
import pytest
from cases import CASES
from derivative import check_gradient, make_model
from quantized_cases import QUANTIZED

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


def test_every_rule_has_cases():
    rules = {(entry.domain, entry.op_type) for entry in all_rules()}
    covered = {("", name) for name in CASES} | set(QUANTIZED)
    # onnxruntime's own operator in the standard domain: no schema, so no finite differences.
    covered.add(("", "SimplifiedLayerNormalization"))
    assert rules <= covered, sorted(rules - covered)
