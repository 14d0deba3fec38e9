"""A budget of gradients pays for the walk and for the search of what is stored."""

import numpy as np

from percept_adv.attacks import attack, make_rule
from percept_adv.attacks.engine.budget import Budget
from percept_adv.storing import Jpeg, Png


def test_a_walk_leaves_gradients_for_what_is_stored(linear):
    budget = Budget.of(make_rule("ddn"), linear.classifier, 100, [Png()])
    evaluations = np.array([79, 80, 100])
    assert budget.spent(evaluations).tolist() == [False, True, True]
    assert budget.left_to_store(evaluations).tolist() == [21, 20, 0]


def test_a_walk_leaves_more_where_rounding_is_coarse(linear):
    salma = make_rule("salma")
    for stores, kept_back in (([Png()], 2), ([Jpeg()], 8), ([Png(), Jpeg()], 8)):
        assert Budget.of(salma, linear.classifier, 40, stores).kept_back == kept_back


def test_without_a_budget_nothing_is_spent(linear):
    budget = Budget.of(make_rule("ddn"), linear.classifier, None)
    assert not budget.spent(np.array([10**6])).any()
    assert budget.left_to_store(np.array([10**6])) > 0


def test_a_single_step_may_use_the_whole_budget(linear):
    fgsm = make_rule("fgsm", eps=0.1)
    assert Budget.of(fgsm, linear.classifier, 100, [Jpeg()]).kept_back == 0
    deepfool = make_rule("deepfool")
    cost = deepfool.query.cost(linear.classifier)
    assert Budget.of(deepfool, linear.classifier, cost, [Png()]).kept_back == 0


def test_images_are_mended_with_no_gradient_left(linear):
    """The boundary lies between two levels: rounding alone would break some of them."""
    images, labels = linear.images(8)
    for budget in (19, 20, 60):
        result = attack("ddn", linear.classifier, images, labels, max_evaluations=budget)
        assert result.success.all()
        assert np.all(result.backward_count <= budget)
