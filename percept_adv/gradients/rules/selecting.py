"""Operators that select or insert elements: Slice, Pad, Gather, Scatter and their kin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import Gradients, rule, unary_rule
from percept_adv.gradients.rules.axis_matrix import apply_along
from percept_adv.gradients.rules.filling import pad_zeros
from percept_adv.gradients.rules.moving import positions, scatter_flat

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext

_END = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Range:
    """Elements ``start, start + step, ...``, ``count`` of ``size`` in all, along an axis."""

    axis: int
    start: int
    step: int
    count: int
    size: int


@unary_rule("Slice", carries_integers=True)
def slice_(context: NodeContext) -> str:
    """Fill up with zeros."""
    ranges = _ranges(context)
    if ranges is None:
        rest = [context.input(position) for position in range(1, len(context.node.input))]
        return scatter_flat(
            context, context.op("Slice", positions(context), *rest), context.gradient
        )
    gradient = context.gradient
    for taken in ranges:
        if taken.step > 1:
            gradient = _spread_along(context, gradient, taken)
    inserted = [taken for taken in ranges if taken.step == 1 and taken.count < taken.size]
    return pad_zeros(
        context,
        gradient,
        context.rank(context.input(0)),
        [(taken.axis, taken.start, taken.size - taken.start - taken.count) for taken in inserted],
    )


def _ranges(context: NodeContext) -> list[Range] | None:
    """Return what a Slice takes; None if unknown, from a dynamic axis, or backwards."""
    values = [context.value(context.input(position)) for position in range(1, 5)]
    if any(value is None and context.input(i + 1) for i, value in enumerate(values)):
        return None
    starts, ends, axes, steps = (None if v is None else v.tolist() for v in values)
    if starts is None or ends is None:
        return None
    dims, rank = context.dims(context.input(0)), context.rank(context.input(0))
    found = []
    for index, start in enumerate(starts):
        axis = int(axes[index]) % rank if axes is not None else index
        step = int(steps[index]) if steps is not None else 1
        size = dims[axis]
        if size is None and start == 0 and ends[index] >= _END // (1 << 33) and step == 1:
            continue
        if size is None or step < 1:
            return None
        taken = range(size)[start : ends[index] : step]
        found.append(Range(axis, taken.start, step, len(taken), size))
    return found


def _spread_along(context: NodeContext, gradient: str, taken: Range) -> str:
    """Put elements ``step`` apart along an axis, zeros between."""
    whole = taken.count * taken.step
    before = taken.start if whole == taken.size and taken.start < taken.step else 0
    blocks = context.op("Unsqueeze", gradient, context.emit.integers([taken.axis + 1]))
    rank = context.rank(context.input(0))
    blocks = pad_zeros(
        context, blocks, rank + 1, [(taken.axis + 1, before, taken.step - 1 - before)]
    )
    shape = context.op("Shape", gradient)
    factors = [taken.step if axis == taken.axis else 1 for axis in range(rank)]
    merged = context.op("Reshape", blocks, context.op("Mul", shape, context.emit.integers(factors)))
    if whole == taken.size and taken.start < taken.step:
        return merged
    rest = taken.size - taken.start - whole
    return pad_zeros(context, merged, rank, [(taken.axis, taken.start, rest)])


@unary_rule("Pad", carries_integers=True)
def pad(context: NodeContext) -> str:
    """Cut the padding off; padding that repeats elements is added to them."""
    mode = context.attribute("mode", "constant")
    rank = context.rank(context.input(0))
    axes_value = context.value(context.input(3))
    axes = list(range(rank)) if axes_value is None else [int(a) % rank for a in axes_value]
    amounts = context.value(context.input(1))
    if mode != "constant":
        return _repeating_pad(context, mode, axes)
    if amounts is None:
        negative = context.op("Neg", context.input(1))
        return context.op("Pad", context.gradient, negative, "", context.emit.integers(axes))
    begin, end = amounts[: len(axes)].tolist(), amounts[len(axes) :].tolist()
    padded = [entry for entry in zip(axes, begin, end, strict=True) if entry[1] or entry[2]]
    if not padded:
        return context.gradient
    if any(first < 0 or last < 0 for _, first, last in padded):
        return pad_zeros(context, context.gradient, rank, [(axis, -b, -e) for axis, b, e in padded])
    return context.op(
        "Slice",
        context.gradient,
        context.emit.integers([first for _, first, _ in padded]),
        context.emit.integers([-last if last else _END for _, _, last in padded]),
        context.emit.integers([axis for axis, _, _ in padded]),
    )


def _repeating_pad(context: NodeContext, mode: str, axes: list[int]) -> str:
    """Apply the transposed matrix of the padding along each axis."""
    amounts = context.required_value(context.input(1)).tolist()
    gradient = context.gradient
    for index, axis in enumerate(axes):
        begin, end = amounts[index], amounts[len(axes) + index]
        if not (begin or end):
            continue
        if begin < 0 or end < 0:
            raise context.unsupported("padding that repeats elements cannot be negative too")
        matrix = _padding_matrix(context, mode, axis, (begin, end))
        gradient = apply_along(context, gradient, matrix, axis)
    return gradient


def _padding_matrix(context: NodeContext, mode: str, axis: int, amounts: tuple[int, int]) -> str:
    """Return the matrix of the padding of an axis: one row for each element of the output.

    At a free size it is made when the graph runs, of the positions padded in the same way.
    """
    size = context.dims(context.input(0))[axis]
    if size is not None:
        sources = np.pad(np.arange(size), amounts, mode=mode)  # type: ignore[call-overload]
        return context.constant(np.eye(size)[sources])
    emit, op = context.emit, context.op
    zero, one = (emit.constant(value, TensorProto.INT64) for value in (0, 1))
    length = op("Squeeze", context.size(context.input(0), axis), emit.integers([0]))
    columns = op("Range", zero, length, one)
    padded = op("Pad", columns, emit.integers(amounts), mode=mode)
    rows = op("Unsqueeze", padded, emit.integers([1]))
    return context.cast_mask(op("Equal", rows, columns))


@unary_rule("Gather", carries_integers=True)
def gather(context: NodeContext) -> str:
    """Add up at the positions that were taken."""
    x, indices = context.input(0), context.input(1)
    rank = context.rank(x)
    axis = context.attribute("axis", 0) % rank
    value = context.value(indices)
    size = context.dims(x)[axis]
    if value is not None and size is not None and value.ndim <= 1:
        wanted = np.atleast_1d(value) % size
        if np.array_equal(wanted, np.arange(wanted[0], wanted[0] + wanted.size)):
            gradient = context.gradient
            if value.ndim == 0:
                gradient = context.op("Unsqueeze", gradient, context.emit.integers([axis]))
            first = int(wanted[0])
            return pad_zeros(context, gradient, rank, [(axis, first, size - first - wanted.size)])
    return _scatter_along(context, axis, rank, context.rank(indices))


def _scatter_along(context: NodeContext, axis: int, rank: int, index_rank: int) -> str:
    """Bring the axis to the front, add the gradient up there, and bring it back."""
    others = [other for other in range(rank) if other != axis]
    order = [axis, *others]
    out_rank = rank + index_rank - 1
    taken = list(range(axis, axis + index_rank))
    front = [*taken, *(other for other in range(out_rank) if other not in taken)]
    gradient = context.op("Transpose", context.gradient, perm=front)
    x = context.input(0)
    shape = context.op("Gather", context.shape_tensor(x), context.emit.integers(order))
    zero = context.emit.constant(0.0, context.elem_type(x))
    zeros = context.op("Expand", zero, shape)
    rows = context.op("Unsqueeze", _int64(context, context.input(1)), context.emit.integers([-1]))
    added = context.op("ScatterND", zeros, rows, gradient, reduction="add")
    return context.op("Transpose", added, perm=np.argsort(order).tolist())


def _int64(context: NodeContext, name: str) -> str:
    """Return indices as int64."""
    if context.facts[name].elem_type == TensorProto.INT64:
        return name
    return context.emit.cast(name, TensorProto.INT64)


@unary_rule("GatherElements", carries_integers=True)
def gather_elements(context: NodeContext) -> str:
    """Add up at the positions that were taken."""
    zeros = context.zeros_like(context.input(0))
    axis = context.attribute("axis", 0)
    return context.op(
        "ScatterElements", zeros, context.input(1), context.gradient, axis=axis, reduction="add"
    )


@unary_rule("GatherND", carries_integers=True)
def gather_nd(context: NodeContext) -> str:
    """Add up at the positions that were taken."""
    batch = context.attribute("batch_dims", 0)
    if batch:
        taken = context.op("GatherND", positions(context), context.input(1), batch_dims=batch)
        return scatter_flat(context, taken, context.gradient)
    zeros = context.zeros_like(context.input(0))
    return context.op("ScatterND", zeros, context.input(1), context.gradient, reduction="add")


@rule("ScatterND")
def scatter_nd(context: NodeContext) -> Gradients:
    """For the data: 0 where it is replaced; for the updates: taken from there."""
    reduction = context.attribute("reduction", "none")
    if reduction not in {"none", "add"}:
        raise context.unsupported(f"reduction {reduction!r}")
    gradients = {0: context.gradient}
    if reduction == "none":
        zeros = context.zeros_like(context.input(2))
        gradients[0] = context.op("ScatterND", context.gradient, context.input(1), zeros)
    if 2 in context.wanted:
        gradients[2] = context.op("GatherND", context.gradient, context.input(1))
    return gradients


@rule("ScatterElements")
def scatter_elements(context: NodeContext) -> Gradients:
    """For the data: 0 where it is replaced; for the updates: taken from there."""
    reduction, axis = context.attribute("reduction", "none"), context.attribute("axis", 0)
    if reduction not in {"none", "add"}:
        raise context.unsupported(f"reduction {reduction!r}")
    gradients = {0: context.gradient}
    if reduction == "none":
        zeros = context.zeros_like(context.input(2))
        gradients[0] = context.op(
            "ScatterElements", context.gradient, context.input(1), zeros, axis=axis
        )
    if 2 in context.wanted:
        gradients[2] = context.op("GatherElements", context.gradient, context.input(1), axis=axis)
    return gradients


@unary_rule("TopK")
def top_k(context: NodeContext) -> str:
    """1 for the elements that were chosen."""
    indices = context.output(1)
    if not indices:
        attributes = {
            name: context.attribute(name, default)
            for name, default in (("axis", -1), ("largest", 1), ("sorted", 1))
        }
        _, indices = context.emit.ops("TopK", *context.node.input, outputs=2, **attributes)
    zeros = context.zeros_like(context.input(0))
    axis = context.attribute("axis", -1)
    return context.op("ScatterElements", zeros, indices, context.gradient, axis=axis)
