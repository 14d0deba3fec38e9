"""The model said in other words before it is differentiated, the same numbers in less time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.passes.fusible import halve_last
from percept_adv.gradients.passes.known_sizes import store_emitted_sizes, store_sizes
from percept_adv.gradients.passes.layout import keep_layout
from percept_adv.gradients.passes.pooled_relu import pool_first
from percept_adv.gradients.passes.real_weights import compute_weights

if TYPE_CHECKING:
    import onnx

    from percept_adv.gradients.facts import Facts

__all__ = ["reword", "store_emitted_sizes"]


def reword(graph: onnx.GraphProto, facts: Facts) -> None:
    """Rewrite in place what a runtime would take longer for, forward or backward.

    Parameters
    ----------
    graph
        It is changed.
    facts
        What is known of its tensors.
    """
    store_sizes(graph, facts)
    compute_weights(graph, facts)
    keep_layout(graph, facts)
    halve_last(graph, facts)
    pool_first(graph, facts)
