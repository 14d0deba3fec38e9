"""A check in the graph itself that sizes are what the gradient was built for.

ONNX has no operator that raises. A Reshape of one number to ``1 + gap`` elements does, where
the gap sums up how far sizes and values are from those that were assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.emitter import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx
    from numpy.typing import NDArray

    from percept_adv.gradients.emitter import Emitter
    from percept_adv.gradients.facts import Facts

GUARD = f"{PREFIX}sizes_that_the_gradient_was_not_built_for"
"""Name of the node that fails."""


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
    checks = [check for name in names for check in _checks(emit, facts, name)]
    if not checks:
        return seed
    found = emit.op("Concat", *(name for name, _ in checks), axis=0)
    expected = emit.constant(np.concatenate([value for _, value in checks]), TensorProto.DOUBLE)
    apart = emit.op("Abs", emit.op("Sub", found, expected))
    gap = emit.op("ReduceSum", apart, emit.integers([0]), keepdims=1)
    count = emit.cast(
        emit.op("Add", gap, emit.constant([1.0], TensorProto.DOUBLE)), TensorProto.INT64
    )
    one = emit.op("Reshape", emit.constant([1.0], elem_type), count, name=GUARD)
    return emit.op("Mul", seed, one)


def _checks(emit: Emitter, facts: Facts, name: str) -> list[tuple[str, NDArray[np.float64]]]:
    """Return what to compare for one tensor: a list of numbers, and what they should be."""
    fact, checks = facts[name], []
    value, axes = fact.value, fact.assumed_axes
    if value is not None and fact.is_assumed_constant:
        flat = emit.op("Reshape", emit.cast(name, TensorProto.DOUBLE), emit.integers([-1]))
        checks.append((flat, value.astype(np.float64).ravel()))
    elif axes and fact.shape is not None:
        sizes = emit.op("Gather", emit.op("Shape", name), emit.integers(axes), axis=0)
        expected = np.array([fact.shape[axis] for axis in axes], np.float64)
        checks.append((emit.cast(sizes, TensorProto.DOUBLE), expected))
    return checks
