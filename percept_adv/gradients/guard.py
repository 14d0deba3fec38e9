"""A check in the graph itself that sizes are what the gradient was built for.

ONNX has no operator that raises. A Reshape of one number to ``1 + gap`` elements does, where
the gap sums up how far sizes and values are from those that were assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.emitter import PREFIX

_Check: TypeAlias = "tuple[str, NDArray[Any]]"

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import onnx
    from numpy.typing import NDArray

    from percept_adv.gradients.emitter import Emitter
    from percept_adv.gradients.facts import Facts

GUARD = f"{PREFIX}sizes_that_the_gradient_was_not_built_for"
"""Name of the node that fails."""
_TOGETHER = 64
"""Numbers that are compared together: with more than a hundred, onnxruntime takes a list for data,
compares it on a GPU, and copies the answer back in every run."""


def guarded(
    emit: Emitter, facts: Facts, nodes: Iterable[onnx.NodeProto], seed: str, elem_type: int
) -> str:
    """Return a cotangent that cannot be computed where the facts do not hold.

    Parameters
    ----------
    emit : Emitter
    facts : Facts
    nodes : iterable of NodeProto
        The nodes that are differentiated.
    seed : str
        The cotangent of the logits.
    elem_type : int
        Its type.
    """
    names = {name: None for node in nodes for name in (*node.input, *node.output) if name}
    checks = [check for name in names if (check := _check(emit, facts, name)) is not None]
    if not checks:
        return seed
    gaps = emit.op("Concat", *(_gap(emit, group) for group in _groups(checks)), axis=0)
    gap = emit.op("ReduceSum", gaps, emit.integers([0]), keepdims=1)
    count = emit.cast(
        emit.op("Add", gap, emit.constant([1.0], TensorProto.DOUBLE)), TensorProto.INT64
    )
    one = emit.op("Reshape", emit.constant([1.0], elem_type), count, name=GUARD)
    return emit.op("Mul", seed, one)


def _check(emit: Emitter, facts: Facts, name: str) -> _Check | None:
    """Return what to compare for one tensor: a list of numbers, and what they should be."""
    fact = facts[name]
    value, axes = fact.value, fact.assumed_axes
    if value is not None and fact.is_assumed_constant:
        flat = emit.op("Reshape", emit.cast(name, TensorProto.DOUBLE), emit.integers([-1]))
        return flat, value.astype(np.float64).ravel()
    if axes and fact.shape is not None:
        return _sizes(emit, name, axes), np.array([fact.shape[axis] for axis in axes], np.int64)
    return None


def _sizes(emit: Emitter, name: str, axes: Sequence[int]) -> str:
    """Return some sizes of a tensor, in one node where the axes follow each other."""
    first, end = axes[0], axes[-1] + 1
    if list(axes) == list(range(first, end)):
        return emit.op("Shape", name, start=first, end=end)
    return emit.op("Gather", emit.op("Shape", name), emit.integers(axes), axis=0)


def _groups(checks: list[_Check]) -> Iterator[list[_Check]]:
    """Yield checks of the same type, not too many numbers at once."""
    for kind in (np.int64, np.float64):
        group: list[_Check] = []
        for check in checks:
            if check[1].dtype != kind:
                continue
            if group and sum(len(expected) for _, expected in (*group, check)) > _TOGETHER:
                yield group
                group = []
            group.append(check)
        if group:
            yield group


def _gap(emit: Emitter, group: list[_Check]) -> str:
    """Return by how much the numbers of some checks are wrong, in sum, as a list of one."""
    found = emit.cast(emit.op("Concat", *(name for name, _ in group), axis=0), TensorProto.DOUBLE)
    expected = np.concatenate([value for _, value in group]).astype(np.float64)
    apart = emit.op("Sub", found, emit.constant(expected, TensorProto.DOUBLE))
    return emit.op("ReduceSum", emit.op("Abs", apart), emit.integers([0]), keepdims=1)
