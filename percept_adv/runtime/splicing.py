"""Two graphs as one: what a gradient graph is asked and what is made of its answer, around it."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import onnx

from percept_adv.errors import ModelError
from percept_adv.gradients import rename_tensors, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "step/"


def splice(
    around: onnx.ModelProto,
    inner: onnx.ModelProto,
    *,
    asked: Mapping[str, str],
    heard: Mapping[str, str],
) -> onnx.ModelProto:
    """Return one model in which ``inner`` answers what ``around`` asks.

    Tensors of ``inner`` keep their names, by which its weights are found.

    Parameters
    ----------
    around : ModelProto
        Some of its outputs are inputs of ``inner``, and some of its inputs outputs of it.
    inner : ModelProto
        None of its outputs is an output of the result.
    asked : mapping
        Input of ``inner`` to output of ``around``; all inputs of ``inner`` have one.
    heard : mapping
        Input of ``around`` to output of ``inner``.

    Returns
    -------
    ModelProto
        What ``around`` takes and gives, without what it asks and hears.

    Raises
    ------
    ModelError
        If the nodes around cannot be written in the opset of ``inner``.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.runtime import splice
    >>> head = '<ir_version: 8, opset_import: ["" : 18]> '
    >>> around = parser.parse_model(
    ...     head + "a (float[1] x, float[1] heard) => (float[1] asked, float[1] y)"
    ...     "{ asked = Neg (x) y = Abs (heard) }"
    ... )
    >>> inner = parser.parse_model(head + "b (float[1] i) => (float[1] o) { o = Relu (i) }")
    >>> both = splice(around, inner, asked={"i": "asked"}, heard={"heard": "o"}).graph
    >>> [port.name for port in both.input], [port.name for port in both.output]
    (['x'], ['y'])
    """
    own = {value.name for value in (*around.graph.input, *around.graph.output)}
    outer = _in_opset(around, version_of(inner))
    names = {name: f"{_PREFIX}{name}" for name in _tensors(outer.graph) - own}
    rename_tensors(outer.graph, names | dict(heard))
    result = onnx.ModelProto()
    result.CopyFrom(inner)
    rename_tensors(result.graph, dict(asked))
    outer_nodes = list(outer.graph.node)
    nodes = _in_order([*outer_nodes, *result.graph.node])
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    # What is asked comes instead of a default that the inner graph may have.
    kept = [tensor for tensor in result.graph.initializer if tensor.name not in asked.values()]
    del result.graph.initializer[:]
    result.graph.initializer.extend([*kept, *outer.graph.initializer])
    for field, left_out in (("input", set(heard.values())), ("output", set(asked.values()))):
        values = [v for v in getattr(outer.graph, field) if v.name not in left_out]
        del getattr(result.graph, field)[:]
        getattr(result.graph, field).extend(values)
    # Those of a free batch size would contradict what is known now.
    del result.graph.value_info[:]
    return result


def _in_opset(model: onnx.ModelProto, version: int) -> onnx.ModelProto:
    """Return a traced model in the opset of the inner one, where its few operators mean the same.

    Raises
    ------
    ModelError
        If they do not.
    """
    written = onnx.ModelProto()
    written.CopyFrom(model)
    written.opset_import[0].version = version
    try:
        onnx.checker.check_model(written)
    except onnx.checker.ValidationError as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the attack's step cannot be written in opset {version} of the model: {reason}"
        ) from error
    return written


def _tensors(graph: onnx.GraphProto) -> set[str]:
    """Return the names of all tensors of a graph without graphs inside it."""
    named = {name for node in graph.node for name in (*node.input, *node.output)}
    return (named | {tensor.name for tensor in graph.initializer}) - {""}


def _in_order(nodes: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """Return nodes so that each comes behind those whose results it takes."""
    makers = {name: index for index, node in enumerate(nodes) for name in node.output if name}
    needs = {
        index: {makers[name] for name in _taken(node) if name in makers}
        for index, node in enumerate(nodes)
    }
    return [nodes[index] for index in TopologicalSorter(needs).static_order()]


def _taken(node: onnx.NodeProto) -> set[str]:
    """Return what a node takes, also in the graphs inside it."""
    taken = set(node.input)
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            for inner in attribute.g.node:
                taken |= _taken(inner)
    return taken
