"""A step of an attack written down: the rule, traced, around the gradient graph of a model.

The rule is the one that NumPy runs, with symbols in place of arrays. Labels, c, step
counts and what else belongs to an image are inputs, so that one graph serves the whole attack; so
are the attack's real parameters, such as its learning rate, so that it serves others too.
"""

from __future__ import annotations

from copy import copy
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.advance import advance, over
from percept_adv.attacks.engine.leaves import leaves, with_leaves
from percept_adv.attacks.engine.symbolic_target import SymbolicTarget
from percept_adv.attacks.numerics.arrays import choose
from percept_adv.runtime import NEXT, STATE, splice
from percept_adv.tracing import Graph, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    import onnx
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.attack_state import AttackState
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

PROBLEM, ALIVE, PARAMETER = "problem", "alive", "parameter"
ATTACK, TRACKED = "attack", "tracked"
OVER, FOUND, L2, SHARE = "over", "found", "l2", "share"


def inputs_of(attack: Attack, started: AttackState) -> dict[str, NDArray[Any]]:
    """Return the inputs of a step but `ALIVE`, by name; those that change begin with `STATE`."""
    values: dict[str, NDArray[Any]] = {
        f"{PARAMETER}/{name}": np.array(value, np.float32)
        for name, value in _numbers(attack).items()
    }
    values |= dict(leaves(replace(started.problem, stores=()), PROBLEM))
    values |= dict(leaves(started.state, f"{STATE}{ATTACK}"))
    return values | dict(leaves(started.tracked, f"{STATE}{TRACKED}"))


def without_numbers(attack: Attack) -> Attack:
    """Return what attacks have in common that differ in their real parameters only."""
    return _with_numbers(attack, lambda _: None)


def trace_step(
    attack: Attack, budget: Budget, target: Classifier, started: AttackState
) -> onnx.ModelProto:
    """Return one step as a model.

    Its inputs are those of `inputs_of`, and `ALIVE` (B,) of bool: which rows are under attack. Its
    outputs are the next state, and `OVER`, `FOUND`, `L2` and `SHARE` (B,) for whoever drives it. A
    row that is over stays as it is.

    Parameters
    ----------
    attack, budget
        Their whole numbers and choices are constants of the model.
    target
        Whose gradient graph is inside.
    started
        Arrays of the shapes that the model shall have; their values do not matter.
    """
    graph = Graph()

    def argument(name: str, value: NDArray[Any]) -> Symbol:
        return graph.input(name, value.shape, value.dtype)

    rule = _with_numbers(attack, lambda name: graph.input(f"{PARAMETER}/{name}", (), np.float32))
    problem = with_leaves(replace(started.problem, stores=()), PROBLEM, argument)
    before = with_leaves(started.state, f"{STATE}{ATTACK}", argument)
    record = with_leaves(started.tracked, f"{STATE}{TRACKED}", argument)
    alive = graph.input(ALIVE, (len(started),), np.bool_)
    # An attack that asks for one loss takes no more of a target than this one has.
    asked: Any = SymbolicTarget(target, graph)
    live = alive & ~over(rule, budget, before, record)
    after, found = advance(rule, asked, problem, before, record)
    after, found = choose(live, after, before), choose(live, found, record)
    results = {f"{NEXT}{ATTACK}/{name}": value for name, value in after.items()}
    results |= {f"{NEXT}{TRACKED}/{name}": value for name, value in found.items()}
    results |= {
        OVER: over(rule, budget, after, found) | ~alive,
        FOUND: found["found"],
        L2: found["l2"],
        # One number for each image, also where it is the same for all.
        SHARE: rule.share_done(after) + 0 * found["l2"],
    }
    around = graph.model(results | asked.questions)
    return splice(around, asked.graph, asked=asked.asked, heard=asked.heard)


def _numbers(attack: Any) -> dict[str, float]:
    """Return the real parameters of an attack: all that are no whole numbers and no choices."""
    every = {each.name: getattr(attack, each.name) for each in fields(attack)}
    return {name: value for name, value in every.items() if isinstance(value, float)}


def _with_numbers(attack: Attack, made: Callable[[str], Any]) -> Attack:
    """Return an attack with something else for each real parameter, which nothing checks."""
    changed = copy(attack)
    for name in _numbers(attack):
        object.__setattr__(changed, name, made(name))
    return changed
