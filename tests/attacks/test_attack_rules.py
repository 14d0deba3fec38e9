"""Parameters that cannot be used are refused with a reason."""

import numpy as np
import pytest
from attack_cases import ALL

from percept_adv.attacks import attack, make_rule
from percept_adv.attacks.numerics.adam import adam_start, adam_step
from percept_adv.attacks.numerics.c_search import search_next, search_start
from percept_adv.errors import ParameterError, PerceptAdvError


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_parameter_is_refused(linear, name):
    images, labels = linear.images(1)
    with pytest.raises(ParameterError, match="nonsense"):
        attack(name, linear.classifier, images, labels, nonsense=1)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("fgsm", {"eps": 0.0}),
        ("ifgsm", {"step_size": -1.0}),
        ("pgd2", {"eps": float("nan")}),
        ("pgd2", {"loss": "mse"}),
        ("cw", {"iterations": 0}),
        ("scw", {"alpha": 1.0}),
        ("ddn", {"gamma": 0.0}),
        ("fmn", {"distance": "l7"}),
        ("apgd", {"distance": "ssim"}),
        ("alma", {"distance": "linf"}),
        ("alma", {"memory": 1.0}),
        ("bp", {"gamma": 1.5}),
        ("deepfool", {"candidates": 0}),
    ],
)
def test_values_outside_their_range_are_refused(name, parameters):
    with pytest.raises(ParameterError):
        make_rule(name, **parameters)


def test_a_budget_below_one_step_is_refused(linear):
    images, labels = linear.images(1)
    with pytest.raises(ParameterError, match="max_evaluations is 2"):
        attack("deepfool", linear.classifier, images, labels, max_evaluations=2)


@pytest.mark.parametrize("targets", [[0, 1, 2], "x", [0.5, 1.0], [99, 1], [[0, 1], [2]]])
def test_what_is_wrong_with_targets_is_not_said_of_labels(linear, targets):
    images, labels = linear.images(2)
    with pytest.raises(ParameterError, match=r"^targets: "):
        attack("fgsm", linear.classifier, images, labels, targets=targets)


def test_images_with_nan_are_refused(linear):
    images, labels = linear.images(1)
    images[0, 0, 0] = np.nan
    with pytest.raises(PerceptAdvError):
        attack("ddn", linear.classifier, images, labels)


@pytest.mark.parametrize("name", ALL)
def test_updates_change_none_of_their_arguments(linear, name):
    """Run each rule with arrays that refuse to be written to."""
    images, labels = linear.images(2)
    images.setflags(write=False)
    rule = make_rule(name, **ALL[name])

    class ReadOnly:
        """Freezes whatever the rule returns and hears."""

        def __getattr__(self, attribute):
            return getattr(rule, attribute)

        def start(self, problem):
            return frozen(rule.start(problem))

        def propose(self, problem, state):
            proposed, state = rule.propose(problem, state)
            return proposed, frozen(state)

        def update(self, problem, state, step):
            step.gradient.setflags(write=False)
            step.images.setflags(write=False)
            return frozen(rule.update(problem, state, step))

    from percept_adv.attacks import AttackRequest, attack_each

    request = AttackRequest(linear.classifier, images, labels, max_evaluations=15)
    outcomes = list(attack_each(ReadOnly(), request))
    assert len(outcomes) == 2


def frozen(state):
    for value in state.values():
        value.setflags(write=False)
    return state


@pytest.mark.parametrize(
    ("iterations", "kept"), [(20, 0.0), (100, 0.5), (1000, 0.9), (10_000, 0.9)]
)
def test_almas_memory_grows_with_its_steps(iterations, kept):
    assert make_rule("alma", iterations=iterations).kept == pytest.approx(kept)
    assert make_rule("salma", iterations=iterations, memory=0.7).kept == 0.7


def test_almas_steps_shrink_from_the_first_success_on():
    rule = make_rule("alma", iterations=100)
    state = {
        "iteration": np.array([0.0, 40, 60, 99, 100]),
        "first_success": np.array([100.0, 100, 20, 99, 100]),
    }
    np.testing.assert_array_equal(rule.progress(state), [0, 0, 0.5, 0, 0])


def test_adam_moves_against_the_gradient_by_its_rate():
    variable, gradient = np.zeros((2, 3)), np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    moved, moments = adam_step(variable, gradient, adam_start(variable), learning_rate=0.1)
    np.testing.assert_allclose(moved, -0.1 * np.sign(gradient), rtol=1e-6)
    assert np.array_equal(moments["adam_steps"], [1, 1])


def test_the_search_bisects_after_success_and_failure():
    state = search_start(np.zeros((2, 4)), 1.0)
    state["c_found"] = np.array([True, False])
    state = search_next(state)
    np.testing.assert_allclose(state["c"], [0.5, 10.0])
    state = search_next(state)
    np.testing.assert_allclose(state["c"], [0.75, 100.0])
