"""Multidirectional broadcasting, undone: sum a gradient over the repeated dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.node_context import NodeContext


def unbroadcast(context: NodeContext, gradient: str, name: str, full: Sequence[int | None]) -> str:
    """Sum a gradient of the broadcast shape down to the shape of one operand.

    Parameters
    ----------
    context : NodeContext
    gradient : str
        Gradient with the shape ``full``.
    name : str
        The operand.
    full : sequence of (int or None)
        The shape that the operand was broadcast to, None for a dynamic dimension.
    """
    operand = context.dims(name)
    extra = len(full) - len(operand)
    repeated = [
        axis
        for axis in range(len(full))
        if axis < extra or (operand[axis - extra] == 1 and full[axis] != 1)
    ]
    if not repeated:
        return gradient
    if extra == len(repeated):
        return context.op("ReduceSum", gradient, context.emit.integers(repeated), keepdims=0)
    summed = context.op("ReduceSum", gradient, context.emit.integers(repeated), keepdims=1)
    return context.reshape_like(summed, name) if extra else summed
