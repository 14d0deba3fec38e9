"""A step of an attack for programs that know onnxruntime alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.attack_state import AttackState
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.driver import problem_of
from percept_adv.attacks.engine.engines import check_engine, prepared
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.attacks.engine.step_graph import ALIVE, inputs_of, trace_step

if TYPE_CHECKING:
    import onnx

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.rule import Method


@dataclass(frozen=True, slots=True)
class ExportedStep:
    """One step of an attack as a model, and what to begin with.

    Each input ``state/NAME`` is the output ``next/NAME`` of the step before; the other inputs stay
    as they are. Inputs ``parameter/NAME``, such as ``parameter/learning_rate``, are real parameters
    of the attack: other values may be given. ``next/tracked/image`` (N, H, W, C) are the best
    images so far, ``found`` (N,) says which are adversarial, and ``over`` (N,) which have nothing
    more to do.

    Attributes
    ----------
    model : ModelProto
        With its weights inside.
    inputs : dict of str to ndarray
        The first values of its inputs.
    """

    model: onnx.ModelProto
    inputs: dict[str, Any]


def export_step(method: Method, request: AttackRequest) -> ExportedStep:
    """Return one step of an attack on the images of a request, all together.

    Parameters
    ----------
    method
        The attack with its parameters, as `make_rule` makes it.
    request
        Images, labels and limits.

    Returns
    -------
    ExportedStep
        The model and the first values of its inputs.

    Raises
    ------
    InputError
        If images, labels or parameters cannot be used, or the attack's step cannot be one graph;
        the message says why.
    ModelError
        If the model cannot be differentiated.

    Examples
    --------
    >>> from percept_adv import Classifier
    >>> from percept_adv.attacks import AttackRequest, export_step, make_rule
    >>> images = np.full((1, 28, 28, 1), 0.5)
    >>> step = export_step(make_rule("ddn"), AttackRequest(Classifier("c4"), images, np.array([3])))
    >>> [output.name for output in step.model.graph.output][-4:]
    ['over', 'found', 'l2', 'share']
    """
    classifier = request.classifier
    check_engine(method, classifier, "graph")
    problem, truth = problem_of(request)
    learnt = method.learn(
        classifier, problem.originals, truth, seed=request.seed, callback=request.callback
    )
    attack = prepared(learnt.rule, classifier, "graph")
    scale = score_scale(classifier.decision.rule, classifier.logits(problem.originals))
    started = AttackState.begin(attack, replace(problem, scale=scale))
    budget = Budget.of(attack, classifier, request.max_evaluations, problem.stores)
    model = classifier.differentiated.with_weights(trace_step(attack, budget, classifier, started))
    values = {**inputs_of(attack, started), ALIVE: np.ones(len(truth), bool)}
    return ExportedStep(model, {value.name: values[value.name] for value in model.graph.input})
