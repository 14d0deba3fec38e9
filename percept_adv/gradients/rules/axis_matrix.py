"""Linear maps that work along one axis at a time, by their matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


def apply_along(site: Site, gradient: str, matrix: str, axis: int) -> str:
    """Multiply a gradient by the transposed matrix along an axis.

    Parameters
    ----------
    site : Site
    gradient : str
        As many axes as the node's input.
    matrix : str
        Shape (size of the output, size of the input) along the axis.
    axis : int
    """
    rank = site.rank(site.input(0))
    if axis == rank - 1:
        return site.op("MatMul", gradient, matrix)
    if axis == rank - 2:
        return site.op("MatMul", site.op("Transpose", matrix, perm=[1, 0]), gradient)
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    swapped = site.op("Transpose", gradient, perm=order)
    return site.op("Transpose", site.op("MatMul", swapped, matrix), perm=order)
