"""Zeros around a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


def pad_zeros(site: Site, name: str, rank: int, amounts: list[tuple[int, int, int]]) -> str:
    """Add zeros: a list of (axis, number in front, number behind); negative ones cut.

    All axes are written out: onnxruntime's transpose optimiser (1.31) takes the amounts of
    a Pad with chosen axes for those of all of them.
    """
    pads = [0] * (2 * rank)
    for axis, begin, end in amounts:
        pads[axis], pads[rank + axis] = begin, end
    return site.op("Pad", name, site.emit.integers(pads)) if any(pads) else name
