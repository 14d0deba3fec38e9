"""Arithmetic on sizes done once, when the graph is built.

What a graph computes from shapes alone, and comes out the same whatever the batch, is stored
instead. A Reshape whose target has one unknown size, the batch, takes -1 for it. Providers for
other devices leave such arithmetic to the CPU, node by node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import NodeProto, TensorProto, numpy_helper

from percept_adv.gradients.backward import captured_inputs
from percept_adv.gradients.emitter import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx

    from percept_adv.gradients.emitter import Emitter
    from percept_adv.gradients.facts import Fact, Facts

_INTEGERS = frozenset({TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL})


def store_sizes(graph: onnx.GraphProto, facts: Facts) -> None:
    """Replace in place what a graph computes from sizes that are known."""
    public = {value.name for value in graph.output}
    targets = _stored_targets(graph.node, facts)
    kept = [node for node in graph.node if not _is_stored(node, facts, public)]
    if len(kept) == len(graph.node) and not targets:
        return
    kept = _used(kept, public)
    read = {name for node in kept for name in captured_inputs(node)}
    for node in graph.node:
        if _is_stored(node, facts, public):
            targets.extend(_tensors(node.output, facts))
    graph.initializer.extend(tensor for tensor in targets if tensor.name in read)
    del graph.node[:]
    graph.node.extend(kept)


def store_emitted_sizes(emit: Emitter, facts: Facts) -> None:
    """Replace what the emitted nodes compute from sizes that are known.

    Parameters
    ----------
    emit
        The graph that is written.
    facts
        What is known of its tensors.
    """
    for tensor in emit.initializers:
        facts.add_constant(tensor.name, tensor)
    asked = _asked_for(emit.nodes, facts)
    kept: list[NodeProto] = []
    for node in emit.nodes:
        settled = all(_is_counted(facts, name) for name in node.input if name)
        if asked.intersection(node.output) or node.op_type == "Shape" or settled:
            facts.add_node(node)
        if _is_stored(node, facts, set()):
            emit.initializers.extend(_tensors(node.output, facts))
        else:
            kept.append(node)
    emit.initializers.extend(_stored_targets(kept, facts))
    emit.nodes[:] = kept


def _is_stored(node: NodeProto, facts: Facts, public: set[str]) -> bool:
    """Whether all that a node gives is known, and no output of the graph."""
    outputs = list(filter(None, node.output))
    return (
        bool(outputs) and public.isdisjoint(outputs) and all(_is_known(facts, n) for n in outputs)
    )


def _is_known(facts: Facts, name: str) -> bool:
    """Whether a tensor holds integers that are proven, not only the same in all trials."""
    fact = facts[name]
    known = fact.elem_type in _INTEGERS and fact.value is not None
    return known and not fact.is_assumed_constant


def _is_counted(facts: Facts, name: str) -> bool:
    """Whether a tensor holds integers that follow from the sizes of the inputs."""
    fact = facts[name]
    return fact.elem_type in _INTEGERS and fact.trials[0].value is not None


def _tensors(names: Iterable[str], facts: Facts) -> list[TensorProto]:
    values = ((name, facts[name].value) for name in names if name)
    return [
        numpy_helper.from_array(np.asarray(value, order="C"), name)
        for name, value in values
        if value is not None
    ]


def _stored_targets(nodes: Iterable[NodeProto], facts: Facts) -> list[TensorProto]:
    """Give each Reshape with one unknown size a stored target, and return these."""
    targets: list[TensorProto] = []
    for node in nodes:
        if node.op_type != "Reshape" or node.domain or facts[node.input[1]].value is not None:
            continue
        sizes = _proven_sizes(facts[node.output[0]]) or _proven_values(facts[node.input[1]])
        if sizes is None or sizes.count(None) != 1 or min(size or 1 for size in sizes) < 1:
            continue
        stored = [-1 if size is None else size for size in sizes]
        node.input[1] = f"{PREFIX}target/{'x'.join(map(str, stored))}"
        if facts[node.input[1]].value is None:
            targets.append(numpy_helper.from_array(np.array(stored, np.int64), node.input[1]))
            facts.add_constant(node.input[1], targets[-1])
    return targets


def _proven_sizes(fact: Fact) -> list[int | None] | None:
    """Return the sizes of a tensor, None for one that depends on the batch."""
    return None if fact.shape is None or fact.assumed_axes else list(fact.shape)


def _proven_values(fact: Fact) -> list[int | None] | None:
    """Return the numbers that a tensor holds, None for one that depends on the batch."""
    trials = fact.trials if fact.proof is None else (*fact.trials, fact.proof)
    known = [trial.value for trial in trials if trial.value is not None]
    if len(known) < len(trials) or any(trial.unknown is not None for trial in trials):
        return None
    columns = zip(*(value.ravel().tolist() for value in known), strict=True)
    return [int(column[0]) if len(set(column)) == 1 else None for column in columns]


def _used(nodes: Iterable[NodeProto], public: set[str]) -> list[NodeProto]:
    """Return the nodes that an output of the graph depends on."""
    needed, kept = set(public), []
    for node in reversed(list(nodes)):
        if needed.intersection(node.output):
            needed.update(captured_inputs(node))
            kept.append(node)
    return kept[::-1]


def _asked_for(nodes: list[NodeProto], facts: Facts) -> set[str]:
    """Return the tensors whose shapes decide the sizes that emitted nodes ask for."""
    asked: set[str] = set()
    for node in reversed(nodes):
        if node.op_type == "Shape" or asked.intersection(node.output):
            asked.update(name for name in node.input if facts[name].shape is None)
    return asked
