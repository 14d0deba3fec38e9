"""Gradients from scores: right on a linear model, and enough where there is no other."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from linear_models import SIDE, Linear
from onnx import helper, numpy_helper

from percept_adv.attacks import AttackRequest, attack, fallback, make_rule
from percept_adv.attacks.engine.driver import problem_of
from percept_adv.attacks.engine.estimating import EstimatedQuery
from percept_adv.attacks.engine.queries import LossQuery
from percept_adv.classifier import Classifier


@pytest.mark.parametrize("masked", [False, True])
def test_the_estimate_comes_near_the_gradient(linear, masked):
    images, labels = linear.images(2)
    mask = np.ones((SIDE, SIDE), bool)
    mask[:2] = not masked
    problem, _ = problem_of(AttackRequest(linear.classifier, images, labels, mask=mask))
    exact = LossQuery().ask(linear.classifier, problem, images, {}).gradient
    if masked:
        exact = exact * problem.mask
    query = EstimatedQuery(pairs=400, sigma=0.001, cells=SIDE)
    step = query.ask(linear.classifier, problem, images, {"drawn": np.zeros(2)})
    assert step.passes.tolist() == [801, 801]
    assert not step.evaluations.any()
    for one, other in zip(step.gradient, exact, strict=True):
        cosine = np.vdot(one, other) / np.linalg.norm(one) / np.linalg.norm(other)
        assert cosine > 0.9
    if masked:
        assert not step.gradient[:, :2].any()
    again = query.ask(
        linear.classifier, problem.take(np.array([1])), images[1:], {"drawn": np.zeros(1)}
    )
    np.testing.assert_allclose(again.gradient[0], step.gradient[1], rtol=1e-3, atol=1e-4)


def test_directions_are_constant_on_cells(linear):
    images, labels = linear.images(1)
    problem, _ = problem_of(AttackRequest(linear.classifier, images, labels))
    query = EstimatedQuery(pairs=3, sigma=0.01, cells=3)
    (gradient,) = query.ask(linear.classifier, problem, images, {"drawn": np.zeros(1)}).gradient
    cells = gradient.reshape(3, SIDE // 3, 3, SIDE // 3, -1)
    assert np.all(cells == cells[:, :1, :, :1])
    assert len(np.unique(gradient)) == 9


def rounded(linear, folder):
    """Scores in whole numbers, through an operator that cannot be differentiated."""
    model = onnx.load(linear.classifier.path)
    graph = model.graph
    for node in graph.node:
        node.input[:] = ["stepped" if name == graph.input[0].name else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.float32(15), "levels"))
    steps = [("Mul", graph.input[0].name), ("Round", "many"), ("Div", "whole")]
    outputs = ["many", "whole", "stepped"]
    for at, ((op_type, source), output) in enumerate(zip(steps, outputs, strict=True)):
        inputs = [source] if op_type == "Round" else [source, "levels"]
        graph.node.insert(at, helper.make_node(op_type, inputs, [output]))
    path = folder / "stepped.onnx"
    onnx.save(model, path)
    return Classifier(path, provider="cpu")


def test_models_that_cannot_be_differentiated(tmp_path):
    linear = Linear(tmp_path)
    model = rounded(linear, tmp_path)
    images, _ = linear.images(3)
    labels = model.predict(images)
    result = attack("nes", model, images, labels, iterations=60)
    assert result.success.all()
    assert not result.backward_count.any()
    assert np.all(result.forward_count <= 60 * 51 + 24 + 2)
    assert np.array_equal(model.predict(result.stored), result.label_after)
    assert np.all(result.stored_l2 < 2 * linear.nearest(images, labels) + 0.1)


@pytest.mark.parametrize(
    ("name", "parameters"), [("nes", {"iterations": 15}), ("square", {"eps": 0.1})]
)
def test_storing_asks_for_no_gradient_either(tmp_path, name, parameters):
    """Levels of 1/255 next to those of the model: what is found is often lost by rounding."""
    linear = Linear(tmp_path)
    model = rounded(linear, tmp_path)
    images, _ = linear.images(12)
    labels = model.predict(images)
    result = attack(name, model, images, labels, **parameters)
    assert not result.backward_count.any()
    scores = model.predict(result.stored)
    np.testing.assert_array_equal(scores != labels, result.success)


@pytest.mark.parametrize(
    ("left", "passes"), [(None, 1000 + 1000), (10_000, 1000 + 1000), (100, 200), (8, 16), (0, 0)]
)
def test_what_is_tried_instead_stays_within_the_budget(left, passes):
    class Spent:
        """What each of them costs: all that it may."""

        def __init__(self, rule):
            self.backward_count = 0
            self.forward_count = rule.iterations * (2 * getattr(rule, "pairs", 0) + 1)

    class Outcome:
        original = np.zeros((4, 4, 1))

    budget, found = fallback._Budget(left), []
    for name, other, _ in fallback._others(make_rule("deepfool"), Outcome(), budget):
        found.append((name, Spent(other).forward_count))
        budget.spend(Spent(other), in_passes=True)
    assert sum(cost for _, cost in found) <= passes
    if passes >= 200:
        assert [name for name, _ in found] == ["finite differences", *["square"] * 4]


def test_an_attack_inside_a_ball_stays_there(tmp_path):
    linear = Linear(tmp_path)
    model = onnx.load(linear.classifier.path)
    graph = model.graph
    graph.node[-1].output[0] = "z"
    for name, value in {"nothing": 0, "fine": 100}.items():
        graph.initializer.append(numpy_helper.from_array(np.float32(value), name))
    graph.node.extend(
        [
            helper.make_node("Mul", ["z", "nothing"], ["flattened"]),
            helper.make_node("Mul", ["z", "fine"], ["finer"]),
            helper.make_node("Round", ["finer"], ["rounded"]),
            helper.make_node("Add", ["flattened", "rounded"], ["logits"]),
        ]
    )
    path = tmp_path / "rounded.onnx"
    onnx.save(model, path)
    classifier = Classifier(path, provider="cpu")
    images, labels = linear.images(3)
    request = AttackRequest(classifier, images, labels)
    for name, eps, norm in (("ifgsm", 0.3, "linf"), ("pgd2", 1.5, "l2")):
        outcomes = list(fallback.attack_each(make_rule(name, eps=eps), replace(request, seed=1)))
        assert {one.found_by for one in outcomes} == {"finite differences"}
        assert all(getattr(one, norm) <= eps * 1.001 for one in outcomes)
