"""The sum of all gradients of one tensor."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.emitter import Emitter, Placement


def accumulate(emit: Emitter, gradients: Sequence[str], shape: Sequence[int | None] | None) -> str:
    """Return the sum of gradients of a tensor of some shape (None where it is unknown).

    Gradients of parts, each with zeros around it, are put side by side where the parts are
    the whole, as queries, keys and values of one product are: that is one pass instead of
    one for each part and one for each sum.
    """
    parts: defaultdict[int, list[tuple[str, Placement]]] = defaultdict(list)
    for name in gradients:
        placement = emit.placements.get(name)
        if placement is not None:
            parts[placement.axis].append((name, placement))
    terms = list(gradients)
    for axis, placed in parts.items():
        placed.sort(key=lambda entry: entry[1].begin)
        if shape is None or not _fill([place for _, place in placed], shape[axis]):
            continue
        joined = emit.op("Concat", *(place.part for _, place in placed), axis=axis)
        terms = [name for name in terms if name not in dict(placed)]
        terms.append(joined)
    return emit.sum(terms)


def _fill(places: Sequence[Placement], size: int | None) -> bool:
    """Whether parts, in their order, stand side by side along an axis of a fixed size."""
    if size is None:
        return False
    edge = 0
    for place in places:
        if place.begin != edge:
            return False
        edge = size - place.end
    return edge == size
