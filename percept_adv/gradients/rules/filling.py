"""Zeros around a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.emitter import Placement

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


def pad_zeros(
    context: NodeContext, name: str, rank: int, amounts: list[tuple[int, int, int]]
) -> str:
    """Add zeros: a list of (axis, number in front, number behind); negative ones cut.

    All axes are written out: onnxruntime's transpose optimiser (1.31) takes the amounts of
    a Pad with chosen axes for those of all of them.
    """
    pads = [0] * (2 * rank)
    for axis, begin, end in amounts:
        pads[axis], pads[rank + axis] = begin, end
    if not any(pads):
        return name
    padded = context.op("Pad", name, context.emit.integers(pads))
    places = [Placement(name, *entry) for entry in amounts if any(entry[1:])]
    if len(places) == 1 and min(pads) >= 0:
        context.emit.placements[padded] = places[0]
    return padded
