"""If with a condition that is known: the branch takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
from onnx import AttributeProto, helper

from percept_adv.gradients.rewrites.writer import rewrite, rewrite_node

if TYPE_CHECKING:
    from percept_adv.gradients.rewrites.writer import Source


@rewrite("If")
def inline_branch(source: Source) -> None:
    """Replace an If by the branch that its constant condition chooses."""
    condition = source.value(source.input(0))
    if condition is None:
        source.keep()
        return
    branch = source.attribute("then_branch" if condition.item() else "else_branch")
    prefix = source.writer.fresh("branch") + "/"
    inner = {tensor.name for tensor in branch.initializer}
    inner.update(name for node in branch.node for name in node.output if name)
    names = {name: prefix + name for name in inner}
    for tensor in branch.initializer:
        renamed = onnx.TensorProto()
        renamed.CopyFrom(tensor)
        renamed.name = names[tensor.name]
        source.writer.add_tensor(renamed)
    for node in branch.node:
        rewrite_node(source.writer, _renamed(node, names))
    for inside, outside in zip(branch.output, source.node.output, strict=True):
        inside_name = names.get(inside.name, inside.name)
        source.writer.add(helper.make_node("Identity", [inside_name], [outside], outside))


def _renamed(node: onnx.NodeProto, names: dict[str, str]) -> onnx.NodeProto:
    """Return a copy of a node with its tensors renamed, those of inner graphs too."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    for field in (copy.input, copy.output):
        renamed = [names.get(name, name) for name in field]
        del field[:]
        field.extend(renamed)
    for attribute in copy.attribute:
        if attribute.type == AttributeProto.GRAPH:
            nodes = [_renamed(inner, names) for inner in attribute.g.node]
            del attribute.g.node[:]
            attribute.g.node.extend(nodes)
            for value in attribute.g.output:
                value.name = names.get(value.name, value.name)
    return copy
