"""A small matcher of functions that exporters write as several nodes.

A pattern is a tree of operators, numbers and named tensors. Products and sums match in any order
and grouping of two nodes, since every exporter has its own. What does not match says why: the
deepest reason that was met.

>>> x = Tensor("x")
>>> swish = Product(x, Node("Sigmoid", x))
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onnx import NodeProto

    from percept_adv.gradients.facts import Facts

Bound: TypeAlias = dict[str, str]
"""Names in the pattern to tensors of the graph."""


@dataclass(frozen=True)
class Tensor:
    """Any tensor; the same wherever the name stands again."""

    name: str


@dataclass(frozen=True)
class Number:
    """A constant of one element, of any rank, within a thousandth."""

    value: float


@dataclass(frozen=True)
class Node:
    """An operator of the standard domain, its inputs in order."""

    op_type: str
    inputs: tuple[Pattern, ...]

    def __init__(self, op_type: str, *inputs: Pattern) -> None:
        object.__setattr__(self, "op_type", op_type)
        object.__setattr__(self, "inputs", inputs)


@dataclass(frozen=True)
class Grouped:
    """Operands of Mul or Add in any order, in one node or in one and another inside it."""

    op_type: str
    operands: tuple[Pattern, ...]


@dataclass(frozen=True)
class OneOf:
    """The first of several patterns that matches."""

    patterns: tuple[Pattern, ...]


Pattern: TypeAlias = Tensor | Number | Node | Grouped | OneOf


def Product(*operands: Pattern) -> Grouped:  # noqa: N802 - a pattern like the classes
    """Return the product of two or three operands."""
    return Grouped("Mul", operands)


def Sum(*operands: Pattern) -> Grouped:  # noqa: N802
    """Return the sum of two or three operands."""
    return Grouped("Add", operands)


@dataclass(frozen=True)
class Mismatch:
    """Why a pattern does not match: at which tensor, and what was expected there."""

    tensor: str
    reason: str


@dataclass
class Matcher:
    """Matches patterns at tensors of one graph.

    Attributes
    ----------
    producers : mapping
        The node that gives a tensor, by its name; only these are looked through.
    facts : Facts
    """

    producers: Mapping[str, NodeProto]
    facts: Facts
    _deepest: tuple[int, Mismatch] = field(default=(-1, Mismatch("", "")), init=False)

    def match(self, pattern: Pattern, tensor: str) -> Bound | Mismatch:
        """Return what the pattern's names stand for, or why it does not match."""
        self._deepest = (-1, Mismatch(tensor, "nothing was tried"))
        found = next(self._ways(pattern, tensor, {}, 0), None)
        return self._deepest[1] if found is None else found

    def _ways(self, pattern: Pattern, tensor: str, bound: Bound, depth: int) -> Iterator[Bound]:
        if isinstance(pattern, Tensor | Number):
            yield from self._leaf(pattern, tensor, bound, depth)
        elif isinstance(pattern, OneOf):
            for choice in pattern.patterns:
                yield from self._ways(choice, tensor, bound, depth)
        elif isinstance(pattern, Node):
            node = self._producer(tensor, pattern.op_type, depth)
            if node is not None and len(node.input) == len(pattern.inputs):
                yield from self._all_ways(pattern.inputs, tuple(node.input), bound, depth)
        else:
            for operands in self._groupings(pattern, tensor, depth):
                for order in permutations(operands):
                    yield from self._all_ways(pattern.operands, order, bound, depth)

    def _leaf(
        self, pattern: Tensor | Number, tensor: str, bound: Bound, depth: int
    ) -> Iterator[Bound]:
        if isinstance(pattern, Number):
            if self.is_number(tensor, pattern.value):
                yield bound
            else:
                self._fail(tensor, f"not the number {pattern.value:.6g}", depth)
        elif bound.get(pattern.name, tensor) == tensor:
            yield bound | {pattern.name: tensor}
        else:
            self._fail(tensor, f"another tensor than {bound[pattern.name]!r}", depth)

    def _all_ways(
        self, patterns: tuple[Pattern, ...], tensors: tuple[str, ...], bound: Bound, depth: int
    ) -> Iterator[Bound]:
        if not patterns:
            yield bound
            return
        for found in self._ways(patterns[0], tensors[0], bound, depth + 1):
            yield from self._all_ways(patterns[1:], tensors[1:], found, depth)

    def _groupings(self, pattern: Grouped, tensor: str, depth: int) -> Iterator[list[str]]:
        """Yield the operands, those of one node inside taken apart where there are three."""
        node = self._producer(tensor, pattern.op_type, depth)
        if node is None:
            return
        if len(pattern.operands) == 2:
            yield list(node.input)
            return
        for position, name in enumerate(node.input):
            inner = self._producer(name, pattern.op_type, depth)
            if inner is not None:
                yield [*inner.input, node.input[1 - position]]

    def _producer(self, tensor: str, op_type: str, depth: int) -> NodeProto | None:
        node = self.producers.get(tensor)
        if node is not None and node.op_type == op_type and not node.domain:
            return node
        found = "an input or a constant" if node is None else f"the result of {node.op_type}"
        self._fail(tensor, f"{found}, not of {op_type}", depth)
        return None

    def is_number(self, tensor: str, value: float) -> bool:
        """Whether a tensor is a constant of one element, of any rank, and a given number."""
        found = self.facts[tensor].value if tensor else None
        return (
            found is not None
            and found.size == 1
            and math.isclose(float(found.item()), value, rel_tol=1e-3)
        )

    def _fail(self, tensor: str, reason: str, depth: int) -> None:
        if depth > self._deepest[0]:
            self._deepest = (depth, Mismatch(tensor, reason))


_X = Tensor("x")
SWISH = Product(_X, Node("Sigmoid", _X))
_OVER_ROOT_TWO = OneOf(
    (Node("Div", _X, Number(math.sqrt(2.0))), Product(_X, Number(math.sqrt(0.5))))
)
TWICE_THE_SHARE = Sum(Number(1.0), Node("Erf", _OVER_ROOT_TWO))
"""1 + erf(x / sqrt(2)), with which a Gelu multiplies x / 2."""
GELU = Product(_X, Number(0.5), TWICE_THE_SHARE)
