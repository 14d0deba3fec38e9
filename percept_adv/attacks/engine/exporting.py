"""A step of an attack as a file, for programs that know onnxruntime alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from percept_adv.attacks.engine import step_graph
from percept_adv.attacks.engine.best import tracking_start
from percept_adv.attacks.engine.budget import Budget
from percept_adv.attacks.engine.driver import problem_of
from percept_adv.attacks.engine.engines import prepared
from percept_adv.attacks.engine.scale import score_scale
from percept_adv.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.rule import Method


def export_step(method: Method, request: AttackRequest, path: Path) -> tuple[Path, Path]:
    """Write one step of an attack as a model, and its first inputs beside it.

    Each input ``state/NAME`` is the output ``next/NAME`` of the step before; the other inputs stay
    as they are. ``next/tracked/image`` (N, H, W, C) are the best images so far, ``found`` (N,)
    says which are adversarial, and ``over`` (N,) which have nothing more to do.

    Parameters
    ----------
    method
        The attack with its parameters, as `make_rule` makes it.
    request
        The images, attacked together, with labels and limits.
    path
        Where the model goes; the inputs go beside it, as ``.npz``.

    Returns
    -------
    tuple of Path
        The two files.

    Raises
    ------
    ParameterError
        If the attack's step cannot be one graph; the message says why.
    OutputError
        If a file cannot be written.

    Examples
    --------
    >>> from percept_adv import Classifier
    >>> from percept_adv.attacks import AttackRequest, export_step, make_rule
    >>> request = AttackRequest(Classifier("c4"), images, labels)
    >>> export_step(make_rule("ddn"), request, path)  # doctest: +SKIP
    """
    request = replace(request, engine="graph")
    classifier = request.classifier
    problem, truth = problem_of(request)
    attack, _ = method.learn(classifier, problem.originals, truth, seed=request.seed, callback=None)
    attack = prepared(attack, request)
    scale = score_scale(classifier.decision.rule, classifier.logits(problem.originals))
    problem = replace(problem, scale=scale)
    problem = replace(problem, guidance=attack.guide(problem))
    state, tracked = attack.start(problem), tracking_start(problem)
    del tracked["seconds"]
    budget = Budget.of(attack, classifier, request.max_evaluations)
    model = step_graph.trace_step(attack, budget, classifier, problem, state, tracked)
    values = step_graph.problem_values(problem) | step_graph.state_values(state, tracked)
    values[step_graph.ALIVE] = np.ones(len(truth), bool)
    needed: dict[str, Any] = {value.name: values[value.name] for value in model.graph.input}
    inputs = path.with_suffix(".npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(classifier.differentiated.with_weights(model), path)
        np.savez(inputs, **needed)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written: {error}") from error
    return path, inputs
