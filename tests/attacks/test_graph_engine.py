"""The engine ``graph``: one ONNX graph for a step, with the results of the engine ``eager``."""

import numpy as np
import pytest
from onnx import helper, numpy_helper

from percept_adv import Classifier, Ensemble, attacks
from percept_adv.attacks.engine import graph_batch
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.driver import problem_of
from percept_adv.attacks.engine.fitting import fitting
from percept_adv.errors import DeviceMemoryError, ParameterError
from percept_adv.runtime import Session, StepSession

FIXED = {"method": "chebyshev", "steps": 12, "alpha": 0.95}
CASES = {
    "cw": {"search_steps": 2, "iterations": 12},
    "scw": {"search_steps": 2, "iterations": 12, **FIXED},
    "pgd2": {"iterations": 12},
    "qpgd2": {"iterations": 12, **FIXED},
    "ddn": {"iterations": 15},
    "sddn": {"iterations": 15, **FIXED},
    "salma": {"iterations": 15, **FIXED},
    "smoothness_penalty": {"search_steps": 2, "iterations": 8, "alpha": 0.95},
    "alma": {"iterations": 15},
    "apgd": {"iterations": 6, "search_steps": 3},
    "bp": {"iterations": 15},
    "fgsm": {},
    "ifgsm": {"iterations": 10},
    "mifgsm": {"iterations": 10},
    "fmn": {"iterations": 15},
    "lbfgs": {"search_steps": 2, "iterations": 8},
}


@pytest.fixture(scope="module")
def digits():
    """A network on digits, images of which one is misclassified, and labels."""
    classifier = Classifier("c4", provider="cpu")
    rng = np.random.default_rng(3)
    levels = np.clip(rng.normal(80, 80, (5, 28, 28, 1)), 0, 255).round()
    images = (levels / 255).astype(np.float32)
    labels = classifier.predict(images)
    labels[2] = (labels[2] + 1) % 10
    return classifier, images, labels


@pytest.mark.parametrize("name", CASES)
def test_a_graph_finds_what_numpy_finds(digits, name):
    both = [
        attacks.attack(name, *digits, engine=engine, batch_size=3, **CASES[name])
        for engine in ("eager", "graph")
    ]
    eager, graph = both
    np.testing.assert_array_equal(graph.success, eager.success)
    np.testing.assert_allclose(graph.stored_l2, eager.stored_l2, rtol=0.01)
    np.testing.assert_allclose(graph.l2, eager.l2, rtol=0.01)
    np.testing.assert_allclose(graph.adversarial, eager.adversarial, atol=1e-3)
    for count in ("forward_count", "backward_count", "zero_gradients", "label_after"):
        np.testing.assert_array_equal(getattr(graph, count), getattr(eager, count))


@pytest.mark.parametrize("name", ["ddn", "salma"])
def test_targets_masks_and_budgets_are_part_of_the_graph(digits, name):
    classifier, images, labels = digits
    mask = np.zeros(images.shape[:3], bool)
    mask[:, 4:20, 5:25] = True
    options = {"targets": (labels + 3) % 10, "mask": mask, "max_evaluations": 9}
    both = [
        attacks.attack(name, classifier, images, labels, engine=engine, **options, **CASES[name])
        for engine in ("eager", "graph")
    ]
    eager, graph = both
    np.testing.assert_array_equal(graph.success, eager.success)
    np.testing.assert_array_equal(graph.backward_count, eager.backward_count)
    np.testing.assert_allclose(graph.adversarial, eager.adversarial, atol=1e-3)
    assert (graph.perturbation[~mask] == 0).all()


def test_a_rank_above_the_first_takes_its_cotangent_inside_the_graph(digits):
    _, images, _ = digits
    classifier = Classifier("c4", provider="cpu", decision="topk:2")
    labels = classifier.predict(images)
    eager, graph = (
        attacks.ddn(classifier, images, labels, engine=engine, iterations=15)
        for engine in ("eager", "graph")
    )
    assert eager.success.all()
    np.testing.assert_allclose(graph.stored_l2, eager.stored_l2, rtol=0.01)


def test_smoothing_that_is_not_asked_for_takes_fixed_steps_to_the_same_tolerance(digits):
    eager, graph = (
        attacks.sddn(*digits, engine=engine, iterations=12, alpha=0.95)
        for engine in ("eager", "graph")
    )
    np.testing.assert_array_equal(graph.success, eager.success)
    np.testing.assert_allclose(graph.stored_l2, eager.stored_l2, rtol=0.01)


def test_a_callback_ends_images_and_the_whole_attack(digits):
    told = []

    def after_five(step):
        told.append(step)
        return step.step == 5

    result = attacks.ddn(*digits, engine="graph", batch_size=2, callback=after_five)
    assert [step.step for step in told] == [1, 2, 3, 4, 5]
    assert told[-1].active == 2
    assert told[-1].done == pytest.approx(2 * 5 / 100)
    assert len(result) == 5


def test_the_same_attack_does_not_build_its_step_again(digits):
    classifier, images, labels = digits
    sessions = classifier.differentiated
    attacks.ddn(classifier, images[:2], labels[:2], engine="graph", iterations=3)
    before = sessions.step_sessions
    attacks.ddn(classifier, images[3:], labels[3:], engine="graph", iterations=3)
    assert sessions.step_sessions == before


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("cw", {"learning_rate": 0.03, "margin": 0.5, "initial_c": 20.0}),
        ("scw", {"learning_rate": 0.03}),
        ("pgd2", {"eps": 1.5, "step_size": 0.7}),
        ("ddn", {"gamma": 0.1, "step_size": 0.5, "last_step_size": 0.1}),
        ("sddn", {"gamma": 0.1, "last_gamma": 0.02, "step_size": 0.5}),
        ("salma", {"learning_rate": 0.2}),
        ("mifgsm", {"eps": 0.15, "step_size": 0.02, "momentum": 0.5}),
        ("fmn", {"gamma": 0.2, "step_size": 0.5}),
        ("bp", {"gamma": 0.5, "step_size": 0.5}),
    ],
)
def test_other_real_parameters_take_the_same_graph(digits, name, numbers):
    classifier, images, labels = digits
    classifier.differentiated.forget_steps()
    options = {**CASES[name], "engine": "graph"}
    before = attacks.attack(name, classifier, images, labels, **options)
    (session,) = classifier.differentiated.step_sessions
    graph = attacks.attack(name, classifier, images, labels, **options, **numbers)
    assert classifier.differentiated.step_sessions == (session,)
    taken = {f"parameter/{name}" for name in numbers} - {"parameter/initial_c"}
    assert taken <= session.inputs
    eager = attacks.attack(name, classifier, images, labels, **CASES[name], **numbers)
    np.testing.assert_array_equal(graph.success, eager.success)
    np.testing.assert_allclose(graph.l2, eager.l2, rtol=0.01)
    assert not np.allclose(graph.l2, before.l2, rtol=1e-3)


def test_an_exported_step_runs_with_another_learning_rate(digits):
    request = attacks.AttackRequest(*digits)
    step = attacks.export_step(attacks.make_rule("cw", **CASES["cw"]), request)
    session, values = Session(step.model), dict(step.inputs)
    names = [output.name for output in step.model.graph.output]
    values["parameter/learning_rate"] = np.array(0.03, np.float32)
    over = np.zeros(5, bool)
    while not over.all():
        results = dict(zip(names, session.run(values, names), strict=True))
        for name in values:
            if name.startswith("state/"):
                values[name] = results[name.replace("state/", "next/", 1)]
        over = results["over"]
    expected = attacks.cw(*digits, **CASES["cw"], learning_rate=0.03)
    attacked = ~expected.already_misclassified
    np.testing.assert_allclose(results["l2"][attacked], expected.l2[attacked], rtol=0.01)


def test_too_many_images_for_the_memory_are_attacked_fewer_at_a_time(digits, monkeypatch):
    sizes = []
    open_step = graph_batch.step_session

    def scarce(attack, budget, target, started):
        sizes.append(len(started))
        if len(started) > 1:
            raise DeviceMemoryError("the device has not enough memory")
        return open_step(attack, budget, target, started)

    monkeypatch.setattr(graph_batch, "step_session", scarce)
    result = attacks.ddn(*digits, engine="graph", batch_size=4, iterations=15)
    assert sizes == [4, 2, 1]
    expected = attacks.ddn(*digits, iterations=15)
    np.testing.assert_array_equal(result.success, expected.success)
    np.testing.assert_allclose(result.stored_l2, expected.stored_l2, rtol=0.01)


def test_a_step_that_ran_out_of_memory_gives_back_what_it_holds(digits, monkeypatch):
    classifier, images, labels = digits
    run_steps = StepSession.run_steps

    def scarce(session, count):
        if len(session.state(["tracked/found"])["tracked/found"]) > 1:
            raise DeviceMemoryError("the device has not enough memory")
        return run_steps(session, count)

    monkeypatch.setattr(StepSession, "run_steps", scarce)
    classifier.differentiated.forget_steps()
    attacks.ddn(classifier, images, labels, engine="graph", batch_size=4, iterations=2)
    (kept,) = classifier.differentiated.step_sessions
    assert len(kept.state(["tracked/found"])["tracked/found"]) == 1


def test_as_many_images_are_attacked_together_as_fit_into_the_memory(digits):
    classifier, images, labels = digits
    problem, _ = problem_of(attacks.AttackRequest(classifier, images, labels))
    rule = attacks.make_rule("ddn")
    budget = Budget.of(rule, classifier, None)
    few, many = (fitting(rule, budget, classifier, problem, free) for free in (1 << 27, 1 << 30))
    assert 1 < few < many
    assert many / few == pytest.approx(8, rel=0.2)
    assert fitting(rule, budget, classifier, problem, 1000) == 1


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("deepfool", {}, "more of a step than one gradient"),
        ("pgd2", {"restarts": 1}, "random numbers"),
        ("scw", {"method": "grid"}, "the solver grid"),
        ("perc_al", {}, "more of a step than one gradient"),
        ("universal", {}, "learns from all images first"),
    ],
)
def test_what_cannot_be_a_graph_says_so(digits, name, options, reason):
    with pytest.raises(ParameterError, match=reason):
        attacks.attack(name, *digits, engine="graph", **options)


def test_only_decisions_and_files_that_can_be_a_graph_are_one():
    labels = np.ones((1, 10), np.int64)
    tagger = Classifier("c4", provider="cpu", decision="multilabel")
    with pytest.raises(ParameterError, match="the decision multilabel"):
        attacks.ddn(tagger, np.full((1, 28, 28, 1), 0.5), labels, engine="graph")
    steps = [
        {"kind": "colour_mode", "mode": "grey"},
        {"kind": "resize", "size": [28, 28]},
        {"kind": "rescale"},
    ]
    shape = (1300, 1300, 1)
    large = Classifier("c4", provider="cpu", preprocessing={"steps": steps}).at_file(shape)
    with pytest.raises(ParameterError, match="in blocks of pixels"):
        attacks.ddn(large, np.full((1, *shape), 0.5), np.array([3]), engine="graph")


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_models_of_other_precisions_are_part_of_a_graph(dtype):
    """Their scores and gradients are converted at the ends of their own graph."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((48, 5)).astype(dtype)
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["scores"]),
        ],
        "linear",
        [helper.make_tensor_value_info("image", kind, ["N", 3, 4, 4])],
        [helper.make_tensor_value_info("scores", kind, ["N", 5])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opsets = [helper.make_opsetid("", 18)]
    classifier = Classifier(
        helper.make_model(graph, opset_imports=opsets, ir_version=8), provider="cpu"
    )
    images = (rng.integers(0, 256, (2, 4, 4, 3)) / 255).astype(np.float32)
    labels = classifier.predict(images)
    eager, graph = (
        attacks.ddn(classifier, images, labels, engine=engine, iterations=20)
        for engine in ("eager", "graph")
    )
    assert eager.success.all()
    np.testing.assert_array_equal(graph.success, eager.success)
    np.testing.assert_allclose(graph.l2, eager.l2, rtol=0.01)


def test_a_gradient_that_is_not_the_models_is_found_before_a_graph_steps(digits, monkeypatch):
    """As in the eager engine: the directional derivative of the deployed model decides."""
    classifier = Classifier("c4", provider="cpu")
    checked = []
    monkeypatch.setattr(
        classifier.differentiated, "verify", lambda image, *_: checked.append(image.shape)
    )
    _, images, labels = digits
    attacks.ddn(classifier, images[:1], labels[:1], engine="graph", iterations=2)
    assert (28, 28, 1) in checked


def test_an_unknown_engine_and_several_models_are_refused(digits):
    classifier, images, labels = digits
    with pytest.raises(ParameterError, match="use one of auto, eager, graph"):
        attacks.ddn(classifier, images, labels, engine="fast")
    with pytest.raises(ParameterError, match="several models"):
        attacks.ddn(Ensemble([classifier, classifier]), images, labels, engine="graph")


@pytest.mark.parametrize("name", ["ddn", "sddn", "pgd2"])
def test_a_file_goes_through_its_pipeline_inside_the_graph(name):
    """The deployed code judges what is stored; walks may differ where its rounding does."""
    steps = [
        {"kind": "colour_mode", "mode": "grey"},
        {"kind": "resize", "shortest_edge": 32, "filter": "bilinear"},
        {"kind": "centre_crop", "height": 28, "width": 28},
        {"kind": "rescale"},
    ]
    shape = (40, 48, 1)
    classifier = Classifier("c4", provider="cpu", preprocessing={"steps": steps}).at_file(shape)
    levels = np.clip(np.random.default_rng(5).normal(80, 80, (4, *shape)), 0, 255).round()
    images = (levels / 255).astype(np.float32)
    labels = classifier.predict(images)
    eager, graph = (
        attacks.attack(name, classifier, images, labels, engine=engine, **CASES[name])
        for engine in ("eager", "graph")
    )
    assert eager.success.all()
    assert graph.success.all()
    assert (classifier.predict(graph.stored) != labels).all()
    assert graph.stored_l2.mean() == pytest.approx(eager.stored_l2.mean(), rel=0.05)
