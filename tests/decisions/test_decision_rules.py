"""Decisions against brute force, finite differences and onnxruntime."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from percept_adv.decisions import argmax, binary, embedding, multilabel, parse_decision, topk
from percept_adv.decisions.heads import LOGITS, SCORES, head_model
from percept_adv.errors import ParameterError
from percept_adv.runtime import Session

# Few values, so that ties are common.
_SCORES = hnp.arrays(np.float64, (5, 6), elements=st.integers(-3, 3).map(float))
_DISTINCT = np.random.default_rng(3).permutation(np.linspace(-2, 2, 30)).reshape(5, 6)


def _goals(kind):
    rng = np.random.default_rng(1)
    if kind == "multilabel":
        goals = rng.integers(-1, 2, (5, 6))
        goals[:, 0] = 1
        return goals
    return rng.integers(0, 6, 5)


@given(_SCORES, st.integers(1, 5), st.booleans())
def test_class_among_the_highest_with_ties(scores, rank, is_targeted):
    goals, targeted = _goals("topk"), np.full(5, is_targeted)
    gap = topk(rank).rule.gap(scores, goals, targeted)
    for row, goal, own_gap in zip(scores, goals, gap, strict=True):
        first = sorted(range(6), key=lambda i: (-row[i], i))[:rank]
        assert (own_gap < 0) == ((goal in first) == is_targeted)


@given(_SCORES, st.booleans())
def test_labels_on_and_off_with_ties(scores, is_targeted):
    goals = _goals("multilabel")
    gap = multilabel().rule.gap(scores, goals, np.full(5, is_targeted))
    for row, goal, own_gap in zip(scores, goals, gap, strict=True):
        met = [(z > 0) == (g == 1) for z, g in zip(row, goal, strict=True) if g >= 0]
        assert (own_gap < 0) == (all(met) if is_targeted else not all(met))


@pytest.mark.parametrize("name", ["argmax", "topk:2", "topk:5", "multilabel"])
@pytest.mark.parametrize("is_targeted", [False, True])
def test_derivatives_are_those_of_the_values(name, is_targeted):
    rule, goals = parse_decision(name).rule, _goals(name)
    targeted = np.full(5, is_targeted)
    moves = 1e-4 * np.random.default_rng(2).standard_normal(_DISTINCT.shape)

    def slope(value):
        return (value(_DISTINCT + moves) - value(_DISTINCT - moves)) / 2

    expected = (rule.cotangent(_DISTINCT, goals, targeted) * moves).sum(axis=1)
    actual = slope(lambda scores: rule.gap(scores, goals, targeted))
    assert actual == pytest.approx(expected, rel=1e-4, abs=1e-9)
    expected = (rule.cross_entropy(_DISTINCT, goals, targeted)[1] * moves).sum(axis=1)
    actual = slope(lambda scores: rule.cross_entropy(scores, goals, targeted)[0])
    assert actual == pytest.approx(expected, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("name", ["argmax", "topk:2", "multilabel"])
@pytest.mark.parametrize("is_targeted", [False, True])
def test_boundaries_are_linear_in_the_scores_and_the_first_decides(name, is_targeted):
    rule, goals = parse_decision(name).rule, _goals(name)
    targeted = np.full(5, is_targeted)
    found = rule.boundaries(_DISTINCT, goals, targeted, 4)
    assert found.gaps.shape[1] == rule.boundary_count(6, 4)
    assert np.einsum("nmk,nk->nm", found.cotangents, _DISTINCT) == pytest.approx(
        found.gaps, abs=1e-6
    )
    if not (is_targeted and name == "argmax"):
        assert found.gaps[:, 0] == pytest.approx(rule.gap(_DISTINCT, goals, targeted))
    # Whoever crosses the first boundary alone has changed the decision, unless all must be.
    for i in range(5):
        crossed = (
            _DISTINCT[i]
            - 1.01 * found.gaps[i, 0] * found.cotangents[i, 0] / (found.cotangents[i, 0] ** 2).sum()
        )
        gap = rule.gap(crossed[None], goals[i : i + 1], targeted[:1])[0]
        if not is_targeted and found.gaps[i, 0] > 0:
            assert gap < 0


@pytest.mark.parametrize("decision", [argmax(), topk(3), multilabel()])
def test_scores_that_are_no_numbers_decide_nothing(decision):
    scores = _DISTINCT.copy()
    scores[2, 4] = np.nan
    goals = _goals(decision.name)
    gap = decision.rule.gap(scores, goals, np.zeros(5, bool))
    assert np.isnan(gap).tolist() == [False, False, True, False, False]


def test_heads_make_the_scores_they_say():
    logits = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    reference = np.array([0.3, -1.0, 0.5], np.float32)
    expected = {
        "cosine": logits @ reference / np.linalg.norm(logits, axis=1) / np.linalg.norm(reference),
        "l2": -np.linalg.norm(logits - reference, axis=1),
    }
    for measure, threshold, sign in (("cosine", 0.25, -1), ("l2", 1.5, 1)):
        decision = embedding(reference, threshold=threshold, measure=measure)
        scores = _run(decision.head, logits)
        assert scores[:, 0].tolist() == [0, 0, 0, 0]
        assert scores[:, 1] == pytest.approx(expected[measure] + sign * threshold, abs=1e-5)
    scores = _run(binary(0.9).head, logits[:, :1])
    probability = 1 / (1 + np.exp(-logits[:, 0].astype(float)))
    assert ((scores[:, 1] > 0) == (probability > 0.9)).all()
    scores = _run(multilabel(0.2).head, logits)
    assert ((scores > 0) == (1 / (1 + np.exp(-logits)) > 0.2)).all()


def _run(head, logits):
    (scores,) = Session(head_model(head)).run({LOGITS: logits}, [SCORES])
    return scores


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("topk", "use argmax, topk:K"),
        ("topk:0", "at least 1"),
        ("topk:x", "'x' is not a whole number"),
        ("binary:1.2", "probability between 0 and 1"),
        ("binary:nan", "probability between 0 and 1"),
        ("multilabel:", "'' is not a number"),
        ("embedding:cosine:0.4", "--reference"),
        ("embedding:manhattan:1", "by cosine or by l2"),
        ("softmax", "use argmax"),
    ],
)
def test_what_cannot_be_read_is_told(text, says):
    with pytest.raises(ParameterError, match=says):
        parse_decision(text)
