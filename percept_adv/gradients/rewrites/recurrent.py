"""LSTM, its steps written out one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onnx import helper

from percept_adv.gradients.rewrites.writer import rewrite

if TYPE_CHECKING:
    from percept_adv.gradients.rewrites.writer import Source

_GATES = 4  # Input, output, forget and cell, in ONNX's order.


@dataclass(frozen=True)
class Run:
    """What one direction gives: hidden states by time, (1, N, H) each, and the last cell."""

    hidden: list[str]
    last: str
    cell: str


@rewrite("LSTM")
def lstm(source: Source) -> None:
    """Products and gates for each step of a sequence of known length."""
    _refuse_variants(source)
    by_batch = source.attribute("layout", 0)
    sequence = source.input(0)
    if by_batch:
        sequence = source.op("Transpose", sequence, perm=[1, 0, 2])
    shape = source.writer.facts[sequence].shape
    if shape is None or shape[0] is None:
        raise source.unsupported(
            "the length of its sequences is dynamic; export it with a fixed one"
        )
    direction = source.attribute("direction", "forward")
    orders = {"forward": [1], "reverse": [-1], "bidirectional": [1, -1]}[direction]
    runs = [
        _run(source, sequence, index, list(range(shape[0]))[::order])
        for index, order in enumerate(orders)
    ]
    whole = [source.op("Concat", *run.hidden, axis=0) for run in runs]
    apart = [source.op("Unsqueeze", name, source.integers([1])) for name in whole]
    _give(source, 0, source.op("Concat", *apart, axis=1), [2, 0, 1, 3] if by_batch else None)
    for position, names in ((1, [run.last for run in runs]), (2, [run.cell for run in runs])):
        _give(
            source, position, source.op("Concat", *names, axis=0), [1, 0, 2] if by_batch else None
        )


def _refuse_variants(source: Source) -> None:
    """Raise where the node is not the plain LSTM."""
    functions = [name.decode().lower() for name in source.attribute("activations") or []]
    plain = ["sigmoid", "tanh", "tanh"]
    variants = {
        "activations of its own": functions not in ([], plain, plain * 2),
        "a clipped cell": bool(source.attribute("clip", 0)),
        "coupled input and forget gates": bool(source.attribute("input_forget", 0)),
        "sequences of different lengths": bool(source.input(4)),
        "peepholes": bool(source.input(7)),
    }
    for reason, present in variants.items():
        if present:
            raise source.unsupported(f"it has {reason}; export it without")


def _run(source: Source, sequence: str, index: int, order: list[int]) -> Run:
    """Go through the sequence in one direction."""
    weights, recurrence = (_matrix(source, position, index) for position in (1, 2))
    inputs = source.op("MatMul", sequence, weights)
    if source.input(3):
        biases = _of_direction(source, source.input(3), index)
        halves = _split(source, source.op("Squeeze", biases, source.integers([0])), 2, axis=0)
        inputs = source.op("Add", inputs, source.op("Add", *halves))
    steps = _split(source, inputs, len(order), axis=0)
    hidden, cell = _initial(source, 5, index), _initial(source, 6, index)
    found = dict.fromkeys(order, "")
    for time in order:
        total = steps[time]
        if hidden:
            total = source.op("Add", total, source.op("MatMul", hidden, recurrence))
        taken, given, kept, new = _split(source, total, _GATES, axis=2)
        fresh = source.op("Mul", source.op("Sigmoid", taken), source.op("Tanh", new))
        if cell:
            fresh = source.op("Add", source.op("Mul", source.op("Sigmoid", kept), cell), fresh)
        cell = fresh
        hidden = source.op("Mul", source.op("Sigmoid", given), source.op("Tanh", cell))
        found[time] = hidden
    return Run([found[time] for time in sorted(order)], hidden, cell)


def _initial(source: Source, position: int, index: int) -> str:
    """Return a direction's initial state, (1, N, H); nothing where it is left out."""
    name = source.input(position)
    if not name:
        return ""
    if source.attribute("layout", 0):
        name = source.op("Transpose", name, perm=[1, 0, 2])
    return _of_direction(source, name, index)


def _of_direction(source: Source, name: str, index: int) -> str:
    """Take one direction's part of axis 0, which stays."""
    bounds = ([index], [index + 1], [0])
    return source.op("Slice", name, *map(source.integers, bounds))


def _matrix(source: Source, position: int, index: int) -> str:
    """Return one direction's weights, transposed: (inputs, 4 H)."""
    own = _of_direction(source, source.input(position), index)
    return source.op("Transpose", source.op("Squeeze", own, source.integers([0])), perm=[1, 0])


def _split(source: Source, name: str, count: int, *, axis: int) -> list[str]:
    """Cut a tensor into equal parts."""
    parts = [source.writer.fresh("Split") for _ in range(count)]
    node = helper.make_node("Split", [name], parts, parts[0], axis=axis, num_outputs=count)
    source.writer.add(node)
    return parts


def _give(source: Source, position: int, name: str, order: list[int] | None) -> None:
    """Write one of the node's outputs, if it has it."""
    outputs = source.node.output
    if position >= len(outputs) or not outputs[position]:
        return
    output = outputs[position]
    node = (
        helper.make_node("Transpose", [name], [output], output, perm=order)
        if order
        else helper.make_node("Identity", [name], [output], output)
    )
    source.writer.add(node)
