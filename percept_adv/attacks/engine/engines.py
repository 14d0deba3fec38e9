"""Who takes an attack's steps: NumPy around the model, or one graph with the model inside."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from percept_adv.attacks.engine.eager_batch import EagerBatch
from percept_adv.attacks.engine.fitting import fitting
from percept_adv.attacks.engine.graph_batch import GraphBatch
from percept_adv.attacks.engine.inside_ball import InsideBall
from percept_adv.attacks.engine.queries import LossQuery
from percept_adv.attacks.engine.rule import AttackBase
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.classifier import Classifier
from percept_adv.errors import ParameterError
from percept_adv.runtime import free_device_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.request import AttackRequest
    from percept_adv.attacks.engine.rule import Attack, Method
    from percept_adv.attacks.engine.running import Batch
    from percept_adv.attacks.engine.target import Target
    from percept_adv.attacks.engine.walking import Walk

_MOST_SAMPLES = 1 << 24

Engine = Literal["auto", "eager", "graph"]
ENGINES = get_args(Engine)


def check_engine(method: Method, classifier: Classifier, engine: Engine) -> None:
    """Check before any work that an attack can be had from an engine.

    Parameters
    ----------
    method
        The attack with its parameters, as `make_rule` makes it.
    classifier
        The deployed model.
    engine
        ``"auto"``, ``"eager"`` or ``"graph"``.

    Raises
    ------
    ParameterError
        If it cannot, or there is no such engine.

    Examples
    --------
    >>> percept_adv.attacks.check_engine(percept_adv.attacks.make_rule("ddn"), classifier, "eager")
    """
    if isinstance(method, AttackBase):
        prepared(method, classifier, engine)
    elif engine == "graph":
        raise ParameterError(
            "engine graph: this attack learns from all images first; use the engine eager"
        )


def prepared(attack: Attack, classifier: Classifier, engine: Engine) -> Attack:
    """Return an attack as an engine takes it: smoothing in fixed steps for a graph.

    Raises
    ------
    ParameterError
        If there is no such engine, or a graph is asked for and cannot be had.
    """
    if engine not in ENGINES:
        raise ParameterError(f"engine is {engine!r}: use one of {', '.join(ENGINES)}")
    if not _takes_graph(attack, classifier, engine):
        return attack
    smoothing = _smoothing_of(attack)
    if smoothing is None or smoothing.method == "chebyshev":
        return attack
    fixed: Any = attack
    changed: Attack = replace(fixed, smoothing=replace(smoothing, method="chebyshev"))
    return changed


def new_batch(
    request: AttackRequest, attack: Attack, budget: Budget, target: Target, size: int
) -> Batch:
    """Return an empty batch for so many images."""
    graph = _takes_graph(attack, request.classifier, request.engine)
    if graph and isinstance(target, Classifier):
        return GraphBatch(attack, budget, target, target.fixed_batch or size)
    return EagerBatch(attack, budget, target, size)


def most_together(request: AttackRequest, attack: Attack, budget: Budget, walk: Walk) -> int:
    """Return how many images of a walk to attack together, as many as memory allows."""
    problem, target = walk.problem, walk.target
    samples = max(int(np.prod(problem.originals.shape[1:])), 1)
    wanted = min(request.batch_size, _MOST_SAMPLES // samples, len(problem.originals))
    on_device = isinstance(target, Classifier) and target.provider == "cuda"
    if wanted > 1 and on_device and _takes_graph(attack, request.classifier, request.engine):
        free = free_device_memory()
        if free is not None:
            wanted = min(wanted, fitting(attack, budget, request.classifier, problem, free))
    return max(wanted, 1)


def _takes_graph(attack: Attack, classifier: Classifier, engine: Engine) -> bool:
    """Whether one graph takes the steps; by default where the model runs on a GPU."""
    obstacle = next(_obstacles(attack, classifier), None)
    if engine == "graph" and obstacle is not None:
        raise ParameterError(f"engine graph: {obstacle}; use the engine eager")
    if obstacle is not None or engine == "eager":
        return False
    return engine == "graph" or classifier.provider == "cuda"


def _obstacles(attack: Attack, classifier: Classifier) -> Iterator[str]:
    """Yield why an attack's step cannot be one graph; nothing if it can."""
    smoothing = _smoothing_of(attack)
    if not isinstance(classifier, Classifier):
        yield "several models, or transformations to survive, are no single graph"
        return
    if classifier.blocks is not None and not isinstance(attack.settling, InsideBall):
        yield "files of this size are attacked in blocks of pixels"
    if not classifier.decision.rule.is_traceable:
        yield f"the decision {classifier.decision.name} is not written for graphs"
    if not (isinstance(attack.query, LossQuery) and attack.is_traceable):
        yield "this attack needs more of a step than one gradient"
    if attack.is_random:
        yield "this attack draws random numbers"
    if smoothing is not None and smoothing.method not in ("auto", "chebyshev"):
        yield f"the solver {smoothing.method} takes no fixed number of steps, as chebyshev does"


def _smoothing_of(attack: Any) -> SmoothingOptions | None:
    """Return how an attack smooths, if it does."""
    for each in fields(attack) if is_dataclass(attack) else ():
        value = getattr(attack, each.name)
        if isinstance(value, SmoothingOptions):
            return value
    return None
