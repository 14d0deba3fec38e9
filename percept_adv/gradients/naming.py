"""Names that the gradient graph adds and the model already has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
from onnx import AttributeProto

from percept_adv.gradients.emitter import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN = f"{PREFIX}own/"
_PUBLIC = frozenset({"cotangent", "input_gradient", "label", "logit_scale", "loss", "margin"})


def own_name(name: str) -> str:
    """Return what an input or output of the gradient graph is called until it is complete."""
    return _OWN + name


def with_free_names(model: onnx.ModelProto, kept: Iterable[str] = ()) -> onnx.ModelProto:
    """Return a model none of whose inner tensors has a name that gradient graphs give.

    Those of its inputs and outputs, and those to be kept, stay: users know them by these. The
    same object if there are none.
    """
    graph = model.graph
    public = {value.name for value in (*graph.input, *graph.output)} | set(kept)
    inner = {name for node in graph.node for name in node.output}
    inner |= {tensor.name for tensor in graph.initializer}
    clashing = {name for name in inner - public if name in _PUBLIC or name.startswith(PREFIX)}
    if not clashing:
        return model
    renamed = onnx.ModelProto()
    renamed.CopyFrom(model)
    rename_tensors(renamed.graph, {name: f"model/{name}" for name in clashing})
    return renamed


def publish(graph: onnx.GraphProto) -> None:
    """Give the inputs and outputs that were added their names, in place.

    That of an input or output of the model goes with underscores behind it.
    """
    values = [*graph.input, *graph.output]
    public = {value.name for value in values if not value.name.startswith(_OWN)}
    names = {}
    for value in values:
        if value.name.startswith(_OWN):
            name = value.name.removeprefix(_OWN)
            while name in public:
                name += "_"
            names[value.name] = name
    rename_tensors(graph, names)


def rename_tensors(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Give tensors other names everywhere in a graph and in those inside it, in place.

    Parameters
    ----------
    graph
        It is changed.
    names
        New names by old ones.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.gradients import rename_tensors
    >>> graph = parser.parse_graph("g (float[2] x) => (float[2] y) { y = Relu (x) }")
    >>> rename_tensors(graph, {"x": "image"})
    >>> graph.input[0].name, graph.node[0].input[0]
    ('image', 'image')
    """
    for node in graph.node:
        for field in (node.input, node.output):
            for index, name in enumerate(field):
                field[index] = names.get(name, name)
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                rename_tensors(attribute.g, names)
    for values in (graph.input, graph.output, graph.value_info, graph.initializer):
        for value in values:
            value.name = names.get(value.name, value.name)
