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
    from percept_adv.gradients.node_context import Site

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
def slice_(site: Site) -> str:
    """Fill up with zeros."""
    ranges = _ranges(site)
    if ranges is None:
        rest = [site.input(position) for position in range(1, len(site.node.input))]
        return scatter_flat(site, site.op("Slice", positions(site), *rest), site.gradient)
    gradient = site.gradient
    for taken in ranges:
        if taken.step > 1:
            gradient = _spread_along(site, gradient, taken)
    inserted = [taken for taken in ranges if taken.step == 1 and taken.count < taken.size]
    return pad_zeros(
        site,
        gradient,
        site.rank(site.input(0)),
        [(taken.axis, taken.start, taken.size - taken.start - taken.count) for taken in inserted],
    )


def _ranges(site: Site) -> list[Range] | None:
    """Return what a Slice takes; None if unknown, from a dynamic axis, or backwards."""
    values = [site.value(site.input(position)) for position in range(1, 5)]
    if any(value is None and site.input(i + 1) for i, value in enumerate(values)):
        return None
    starts, ends, axes, steps = (None if v is None else v.tolist() for v in values)
    if starts is None or ends is None:
        return None
    dims, rank = site.dims(site.input(0)), site.rank(site.input(0))
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


def _spread_along(site: Site, gradient: str, taken: Range) -> str:
    """Put elements ``step`` apart along an axis, zeros between."""
    whole = taken.count * taken.step
    before = taken.start if whole == taken.size and taken.start < taken.step else 0
    blocks = site.op("Unsqueeze", gradient, site.emit.integers([taken.axis + 1]))
    rank = site.rank(site.input(0))
    blocks = pad_zeros(site, blocks, rank + 1, [(taken.axis + 1, before, taken.step - 1 - before)])
    shape = site.op("Shape", gradient)
    factors = [taken.step if axis == taken.axis else 1 for axis in range(rank)]
    merged = site.op("Reshape", blocks, site.op("Mul", shape, site.emit.integers(factors)))
    if whole == taken.size and taken.start < taken.step:
        return merged
    rest = taken.size - taken.start - whole
    return pad_zeros(site, merged, rank, [(taken.axis, taken.start, rest)])


@unary_rule("Pad", carries_integers=True)
def pad(site: Site) -> str:
    """Cut the padding off; padding that repeats elements is added to them."""
    mode = site.attribute("mode", "constant")
    rank = site.rank(site.input(0))
    axes_value = site.value(site.input(3))
    axes = list(range(rank)) if axes_value is None else [int(a) % rank for a in axes_value]
    amounts = site.value(site.input(1))
    if mode != "constant":
        return _repeating_pad(site, mode, axes)
    if amounts is None:
        negative = site.op("Neg", site.input(1))
        return site.op("Pad", site.gradient, negative, "", site.emit.integers(axes))
    begin, end = amounts[: len(axes)].tolist(), amounts[len(axes) :].tolist()
    padded = [entry for entry in zip(axes, begin, end, strict=True) if entry[1] or entry[2]]
    if not padded:
        return site.gradient
    if any(first < 0 or last < 0 for _, first, last in padded):
        return pad_zeros(site, site.gradient, rank, [(axis, -b, -e) for axis, b, e in padded])
    return site.op(
        "Slice",
        site.gradient,
        site.emit.integers([first for _, first, _ in padded]),
        site.emit.integers([-last if last else _END for _, _, last in padded]),
        site.emit.integers([axis for axis, _, _ in padded]),
    )


def _repeating_pad(site: Site, mode: str, axes: list[int]) -> str:
    """Apply the transposed matrix of the padding along each axis."""
    amounts = site.required_value(site.input(1)).tolist()
    dims = site.dims(site.input(0))
    gradient = site.gradient
    modes = {"edge": "edge", "reflect": "reflect", "wrap": "wrap"}
    for index, axis in enumerate(axes):
        begin, end = amounts[index], amounts[len(axes) + index]
        size = dims[axis]
        if not (begin or end):
            continue
        if size is None or begin < 0 or end < 0:
            raise site.unsupported("padding that repeats elements needs fixed sizes")
        sources = np.pad(np.arange(size), (begin, end), mode=modes[mode])  # type: ignore[call-overload]
        matrix = site.constant(np.eye(size)[sources])
        gradient = apply_along(site, gradient, matrix, axis)
    return gradient


@unary_rule("Gather", carries_integers=True)
def gather(site: Site) -> str:
    """Add up at the positions that were taken."""
    x, indices = site.input(0), site.input(1)
    rank = site.rank(x)
    axis = site.attribute("axis", 0) % rank
    value = site.value(indices)
    size = site.dims(x)[axis]
    if value is not None and size is not None and value.ndim <= 1:
        wanted = np.atleast_1d(value) % size
        if np.array_equal(wanted, np.arange(wanted[0], wanted[0] + wanted.size)):
            gradient = site.gradient
            if value.ndim == 0:
                gradient = site.op("Unsqueeze", gradient, site.emit.integers([axis]))
            first = int(wanted[0])
            return pad_zeros(site, gradient, rank, [(axis, first, size - first - wanted.size)])
    return _scatter_along(site, axis, rank, site.rank(indices))


def _scatter_along(site: Site, axis: int, rank: int, index_rank: int) -> str:
    """Bring the axis to the front, add the gradient up there, and bring it back."""
    others = [other for other in range(rank) if other != axis]
    order = [axis, *others]
    out_rank = rank + index_rank - 1
    taken = list(range(axis, axis + index_rank))
    front = [*taken, *(other for other in range(out_rank) if other not in taken)]
    gradient = site.op("Transpose", site.gradient, perm=front)
    x = site.input(0)
    shape = site.op("Gather", site.shape_tensor(x), site.emit.integers(order))
    zero = site.emit.constant(0.0, site.elem_type(x))
    zeros = site.op("Expand", zero, shape)
    rows = site.op("Unsqueeze", _int64(site, site.input(1)), site.emit.integers([-1]))
    added = site.op("ScatterND", zeros, rows, gradient, reduction="add")
    return site.op("Transpose", added, perm=np.argsort(order).tolist())


def _int64(site: Site, name: str) -> str:
    """Return indices as int64."""
    if site.facts[name].elem_type == TensorProto.INT64:
        return name
    return site.emit.cast(name, TensorProto.INT64)


@unary_rule("GatherElements", carries_integers=True)
def gather_elements(site: Site) -> str:
    """Add up at the positions that were taken."""
    zeros = site.zeros_like(site.input(0))
    axis = site.attribute("axis", 0)
    return site.op(
        "ScatterElements", zeros, site.input(1), site.gradient, axis=axis, reduction="add"
    )


@unary_rule("GatherND", carries_integers=True)
def gather_nd(site: Site) -> str:
    """Add up at the positions that were taken."""
    batch = site.attribute("batch_dims", 0)
    if batch:
        taken = site.op("GatherND", positions(site), site.input(1), batch_dims=batch)
        return scatter_flat(site, taken, site.gradient)
    zeros = site.zeros_like(site.input(0))
    return site.op("ScatterND", zeros, site.input(1), site.gradient, reduction="add")


@rule("ScatterND")
def scatter_nd(site: Site) -> Gradients:
    """For the data: 0 where it is replaced; for the updates: taken from there."""
    reduction = site.attribute("reduction", "none")
    if reduction not in {"none", "add"}:
        raise site.unsupported(f"reduction {reduction!r}")
    gradients = {0: site.gradient}
    if reduction == "none":
        zeros = site.zeros_like(site.input(2))
        gradients[0] = site.op("ScatterND", site.gradient, site.input(1), zeros)
    if 2 in site.wanted:
        gradients[2] = site.op("GatherND", site.gradient, site.input(1))
    return gradients


@rule("ScatterElements")
def scatter_elements(site: Site) -> Gradients:
    """For the data: 0 where it is replaced; for the updates: taken from there."""
    reduction, axis = site.attribute("reduction", "none"), site.attribute("axis", 0)
    if reduction not in {"none", "add"}:
        raise site.unsupported(f"reduction {reduction!r}")
    gradients = {0: site.gradient}
    if reduction == "none":
        zeros = site.zeros_like(site.input(2))
        gradients[0] = site.op("ScatterElements", site.gradient, site.input(1), zeros, axis=axis)
    if 2 in site.wanted:
        gradients[2] = site.op("GatherElements", site.gradient, site.input(1), axis=axis)
    return gradients


@unary_rule("TopK")
def top_k(site: Site) -> str:
    """1 for the elements that were chosen."""
    indices = site.output(1)
    if not indices:
        attributes = {
            name: site.attribute(name, default)
            for name, default in (("axis", -1), ("largest", 1), ("sorted", 1))
        }
        _, indices = site.emit.ops("TopK", *site.node.input, outputs=2, **attributes)
    zeros = site.zeros_like(site.input(0))
    axis = site.attribute("axis", -1)
    return site.op("ScatterElements", zeros, indices, site.gradient, axis=axis)
