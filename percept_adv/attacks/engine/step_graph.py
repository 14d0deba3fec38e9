"""A step of an attack written down: the rule, traced, around the gradient graph of a model.

The rule is the one that NumPy runs, with symbols in place of arrays. Labels, c, step
counts and what else belongs to an image are inputs, so that one graph serves the whole attack.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks.engine.advance import advance, over
from percept_adv.attacks.engine.leaves import leaves, with_leaves
from percept_adv.attacks.engine.symbolic_target import SymbolicTarget
from percept_adv.attacks.numerics.arrays import choose
from percept_adv.runtime import NEXT, STATE, splice
from percept_adv.tracing import Graph, Symbol

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.attack_state import AttackState
    from percept_adv.attacks.engine.budget import Budget
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.classifier import Classifier

PROBLEM, ALIVE = "problem", "alive"
ATTACK, TRACKED = "attack", "tracked"
OVER, FOUND, L2, SHARE = "over", "found", "l2", "share"


def inputs_of(started: AttackState) -> dict[str, NDArray[Any]]:
    """Return the inputs of a step but `ALIVE`, by name; those that change begin with `STATE`."""
    values = dict(leaves(replace(started.problem, stores=()), PROBLEM))
    values |= dict(leaves(started.state, f"{STATE}{ATTACK}"))
    return values | dict(leaves(started.tracked, f"{STATE}{TRACKED}"))


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
        Their values are constants of the model.
    target
        Whose gradient graph is inside.
    started
        Arrays of the shapes that the model shall have; their values do not matter.
    """
    graph = Graph()

    def argument(name: str, value: NDArray[Any]) -> Symbol:
        return graph.input(name, value.shape, value.dtype)

    problem = with_leaves(replace(started.problem, stores=()), PROBLEM, argument)
    before = with_leaves(started.state, f"{STATE}{ATTACK}", argument)
    record = with_leaves(started.tracked, f"{STATE}{TRACKED}", argument)
    alive = graph.input(ALIVE, (len(started),), np.bool_)
    # An attack that asks for one loss takes no more of a target than this one has.
    asked: Any = SymbolicTarget(target, graph)
    live = alive & ~over(attack, budget, before, record)
    after, found = advance(attack, asked, problem, before, record)
    after, found = choose(live, after, before), choose(live, found, record)
    results = {f"{NEXT}{ATTACK}/{name}": value for name, value in after.items()}
    results |= {f"{NEXT}{TRACKED}/{name}": value for name, value in found.items()}
    results |= {
        OVER: over(attack, budget, after, found) | ~alive,
        FOUND: found["found"],
        L2: found["l2"],
        # One number for each image, also where it is the same for all.
        SHARE: attack.share_done(after) + 0 * found["l2"],
    }
    around = graph.model(results | asked.questions)
    return splice(around, asked.graph, asked=asked.asked, heard=asked.heard)
