"""A session whose state goes round: two sets in turn, read when asked for."""

import numpy as np
import pytest
from onnx import parser

from percept_adv.errors import DeviceMemoryError, ModelFormatError
from percept_adv.runtime import StepSession
from percept_adv.runtime.session import explained

COUNTING = """<ir_version: 8, opset_import: ["" : 18]>
    g (float[2] rate, float[2] before) => (float[2] after, float[2] told) {
        after = Add (before, rate)
        told = Mul (after, rate)
    }"""


def counting_model():
    """Adds a rate to its state, and tells the product of both."""
    model = parser.parse_model(COUNTING)
    names = {"before": "state/x", "after": "next/x"}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    return model


@pytest.fixture
def session():
    return StepSession(counting_model())


def test_the_state_of_a_step_is_what_the_last_one_put_out(session):
    given = np.array([1, 10], np.float32)
    session.put({"rate": np.array([1, 2], np.float32), "state/x": given, "unknown": given})
    assert session.run_steps(1)["told"].tolist() == [2, 24]
    assert session.run_steps(3)["told"].tolist() == [5, 36]
    assert session.state(["x"])["x"].tolist() == [5, 18]
    assert given.tolist() == [1, 10]


def test_values_can_be_put_between_steps(session):
    session.put({"rate": np.ones(2, np.float32), "state/x": np.zeros(2, np.float32)})
    session.run_steps(3)
    kept = session.state(["x"])["x"]
    session.put({"state/x": np.array([7, 8], np.float32)})
    session.run_steps(1)
    assert session.state(["x"])["x"].tolist() == [8, 9]
    assert kept.tolist() == [3, 3]


def test_errors_of_a_run_are_told_apart():
    scarce = RuntimeError("[ONNXRuntimeError] : BFCArena: Failed to allocate memory for 1 GB")
    assert isinstance(explained(scarce), DeviceMemoryError)
    assert isinstance(explained(RuntimeError("something else")), ModelFormatError)
