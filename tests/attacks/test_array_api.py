"""Rules run in any namespace of the array API, and the same as in NumPy.

array-api-strict refuses whatever is not in the standard.
"""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from attack_cases import ALL

from percept_adv.attacks import find, make_rule
from percept_adv.attacks.engine.batch import Problem
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.attacks.numerics.random_numbers import image_seeds
from percept_adv.storing import Png
from percept_adv.tracing import Graph, Symbol

strict = pytest.importorskip("array_api_strict")

STEPS = 7
# Few steps: what is traced grows with them.
FIXED_STEPS = {"method": "chebyshev", "steps": 2}
CASES = {
    name: {**own, **(FIXED_STEPS if "method" in find(name).parameters else {})}
    for name, own in ALL.items()
}
RESTARTED = {
    f"{name} with restarts": {**own, "restarts": 2, "iterations": 2}
    for name, own in CASES.items()
    if "restarts" in find(name).parameters
}


def moved(value, convert):
    """Return a value with all arrays in it converted, inside tuples, states and dataclasses."""
    if isinstance(value, np.ndarray | strict.asarray(0).__class__):
        return convert(value)
    if isinstance(value, tuple):
        return tuple(moved(each, convert) for each in value)
    if isinstance(value, dict):
        return {name: moved(each, convert) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: moved(getattr(value, each.name), convert) for each in fields(value)}
        changed = {name: new for name, new in own.items() if new is not getattr(value, name)}
        return replace(value, **changed)
    return value


def to_strict(value):
    return moved(value, strict.asarray)


def to_numpy(value):
    return moved(value, np.asarray)


def problem_of(linear, count, rule):
    images, labels = linear.images(count)
    classifier = linear.classifier
    decision = classifier.decision.rule
    problem = Problem(
        images,
        np.asarray(labels),
        np.zeros(count, bool),
        np.arange(count),
        image_seeds(images, 0),
        decision,
        score_scale(decision, classifier.logits(images)),
        stores=(Png(),) * count,
    )
    return replace(problem, guidance=rule.guide(problem))


def walk(rule, linear, problem, there, back, steps=STEPS):
    """Take steps of a rule in the namespace of ``there``; the classifier stays in NumPy."""
    own = there(problem)
    state = rule.start(own)
    states = []
    for _ in range(steps):
        proposed, state = rule.propose(own, state)
        heard = rule.query.ask(linear.classifier, problem, back(proposed), back(state))
        state = rule.update(own, state, there(heard))
        rule.finished(state)
        rule.distortion(own, proposed)
        states.append(back(state))
    return states


@pytest.mark.parametrize("case", [*CASES, *RESTARTED])
def test_rules_run_in_the_standard_alone(linear, case):
    rule = make_rule(case.partition(" ")[0], **{**CASES, **RESTARTED}[case])
    problem = problem_of(linear, 3, rule)
    expected = walk(rule, linear, problem, lambda value: value, lambda value: value)
    found = walk(rule, linear, problem, to_strict, to_numpy)
    for one, other in zip(found, expected, strict=True):
        assert set(one) == set(other)
        for entry in one:
            assert one[entry].dtype == np.asarray(other[entry]).dtype, entry
            np.testing.assert_allclose(one[entry], other[entry], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted({*ALL} - {"perc_al", "square", "nes"}))
def test_rules_can_be_traced_into_a_graph(linear, name):
    """One update and what it proposes next, as ONNX: onnxruntime gives what NumPy gives."""
    onnxruntime = pytest.importorskip("onnxruntime")
    rule = make_rule(name, **CASES[name])
    problem = problem_of(linear, 3, rule)
    state = rule.start(problem)
    for _ in range(2):
        proposed, before = rule.propose(problem, state)
        heard = rule.query.ask(linear.classifier, problem, proposed, before)
        state = rule.update(problem, before, heard)
    graph, feeds = Graph(), {}

    def symbol(value):
        name = f"input_{len(feeds)}"
        feeds[name] = value
        return graph.input(name, value.shape, value.dtype)

    def stepped(problem, before, heard):
        images, after = rule.propose(problem, rule.update(problem, before, heard))
        return {**after, "next": images, "over": rule.finished(after)}

    expected = stepped(problem, before, heard)
    before = {entry: np.asarray(value) for entry, value in before.items()}
    traced = stepped(*(moved(value, symbol) for value in (problem, before, heard)))
    # What does not depend on any input stays NumPy's.
    symbols = {entry: value for entry, value in traced.items() if isinstance(value, Symbol)}
    session = onnxruntime.InferenceSession(
        graph.model(symbols).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    needed = {each.name: feeds[each.name] for each in session.get_inputs()}
    found = dict(zip(symbols, session.run(list(symbols), needed), strict=True))
    assert set(traced) == set(expected)
    for entry, value in expected.items():
        np.testing.assert_allclose(
            found.get(entry, traced[entry]), value, rtol=1e-5, atol=1e-6, err_msg=entry
        )
