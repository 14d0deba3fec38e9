"""Linear maps that work along one axis at a time, by their matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


def apply_along(context: NodeContext, gradient: str, matrix: str, axis: int) -> str:
    """Multiply a gradient by the transposed matrix along an axis.

    Parameters
    ----------
    context : NodeContext
    gradient : str
        As many axes as the node's input.
    matrix : str
        Shape (size of the output, size of the input) along the axis.
    axis : int
    """
    rank = context.rank(context.input(0))
    if axis == rank - 1:
        return context.op("MatMul", gradient, matrix)
    if axis == rank - 2:
        return context.op("MatMul", context.op("Transpose", matrix, perm=[1, 0]), gradient)
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    swapped = context.op("Transpose", gradient, perm=order)
    return context.op("Transpose", context.op("MatMul", swapped, matrix), perm=order)
