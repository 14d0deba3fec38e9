"""The table of gradient rules, by operator, domain and version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

Gradients: TypeAlias = dict[int, str]
"""Position of an input to the name of its gradient."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.gradients.node_context import NodeContext

    Differentiate = Callable[[NodeContext], Gradients]
    DifferentiateUnary = Callable[[NodeContext], str]

MICROSOFT = "com.microsoft"


@dataclass(frozen=True)
class Rule:
    """How to differentiate one operator.

    Attributes
    ----------
    op_type, domain : str
    since : int
        First version of the operator that the rule holds for.
    differentiate : callable
        Maps a ``NodeContext`` to the gradients of its inputs, by their position.
    broadcasts : bool
        The gradients have the shape of the output; the walk sums them over
        the broadcast dimensions.
    carries_integers : bool
        Integer outputs stand for real numbers if the inputs do: quantised values,
        or an image in 8 bits that is only moved.
    outputs : tuple of int or None
        Positions of the outputs that have a derivative; None for all of them.
    """

    op_type: str
    domain: str
    since: int
    differentiate: Differentiate
    broadcasts: bool
    carries_integers: bool
    outputs: tuple[int, ...] | None

    @property
    def convention(self) -> str:
        """The first paragraph of the rule's docstring: formula and choice at kinks."""
        return " ".join((self.differentiate.__doc__ or "").split("\n\n")[0].split())

    @property
    def family(self) -> str:
        """The module that the rule stands in."""
        return self.differentiate.__module__.rsplit(".", 1)[-1]


_RULES: dict[tuple[str, str], list[Rule]] = {}
_STOPS: dict[tuple[str, str], str] = {}


def rule(
    *op_types: str,
    domain: str = "",
    since: int = 1,
    broadcasts: bool = False,
    carries_integers: bool = False,
    outputs: tuple[int, ...] | None = (0,),
) -> Callable[[Differentiate], Differentiate]:
    """Register a function as the rule of one or several operators."""

    def register(differentiate: Differentiate) -> Differentiate:
        for op_type in op_types:
            entry = Rule(
                op_type, domain, since, differentiate, broadcasts, carries_integers, outputs
            )
            _RULES.setdefault((domain, op_type), []).append(entry)
        return differentiate

    return register


def unary_rule(
    *op_types: str, domain: str = "", since: int = 1, carries_integers: bool = False
) -> Callable[[DifferentiateUnary], DifferentiateUnary]:
    """Register a function that returns the gradient of input 0 alone."""

    def register(differentiate: DifferentiateUnary) -> DifferentiateUnary:
        def of_first_input(context: NodeContext) -> Gradients:
            return {0: differentiate(context)}

        of_first_input.__doc__ = differentiate.__doc__
        of_first_input.__module__ = differentiate.__module__
        rule(*op_types, domain=domain, since=since, carries_integers=carries_integers)(
            of_first_input
        )
        return differentiate

    return register


def stop(*op_types: str, reason: str) -> None:
    """Register operators through which no gradient flows, on purpose."""
    for op_type in op_types:
        _STOPS["", op_type] = reason


def find_rule(op_type: str, domain: str, version: int) -> Rule | None:
    """Return the newest rule for an operator at a version of its domain."""
    fitting = [entry for entry in _RULES.get((domain, op_type), []) if entry.since <= version]
    return max(fitting, key=lambda entry: entry.since, default=None)


def stop_reason(op_type: str, domain: str) -> str | None:
    """Return why an operator stops gradients, None if it does not."""
    return _STOPS.get((domain, op_type))


def all_rules() -> list[Rule]:
    """Return every rule, ordered by domain and operator."""
    return [entry for key in sorted(_RULES) for entry in _RULES[key]]


def all_stops() -> dict[str, str]:
    """Return every operator without a derivative and the reason."""
    return {op_type: reason for (_, op_type), reason in sorted(_STOPS.items())}
