"""The walk from the logits back to the image, and the accumulation of gradients."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from onnx import AttributeProto, TensorProto

from percept_adv.errors import ModelError, UnsupportedOperatorError
from percept_adv.gradients import rules  # noqa: F401 - registers every rule
from percept_adv.gradients.accumulation import accumulate
from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.damage import reading
from percept_adv.gradients.lookups import data_inputs, indices, is_lookup
from percept_adv.gradients.node_context import NodeContext
from percept_adv.gradients.registry import MICROSOFT, Rule, find_rule, stop_reason
from percept_adv.gradients.rules.composites import composite_gradients

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import onnx

    from percept_adv.gradients.emitter import Emitter
    from percept_adv.gradients.facts import Facts


class GradientPath:
    """The nodes between the image, or other tensors to differentiate by, and the logits.

    Attributes
    ----------
    nodes : list of NodeProto
        In the order of execution.
    tensors : frozenset of str
        The tensors that depend on the image and that the logits depend on.
    blockers : dict
        Nodes that stopped the gradient, by the name of their first output.
    """

    def __init__(
        self, model: onnx.ModelProto, facts: Facts, *, sources: Sequence[str], logits: str
    ) -> None:
        self._versions = {entry.domain or "": entry.version for entry in model.opset_import}
        self._facts = facts
        self.blockers: dict[str, onnx.NodeProto] = {}
        forward = self._reached_from(model.graph, sources)
        needed = {logits} & forward
        nodes: list[onnx.NodeProto] = []
        for node in reversed(model.graph.node):
            if not needed.isdisjoint(node.output):
                needed.update(captured_inputs(node) & forward)
                nodes.append(node)
        self.nodes = nodes[::-1]
        self.tensors = frozenset(needed)

    def rule_of(self, node: onnx.NodeProto) -> Rule | None:
        """Return the rule of a node, None if there is none."""
        return find_rule(node.op_type, node.domain, self._versions.get(node.domain, 1))

    def without_rule(self) -> list[onnx.NodeProto]:
        """Return the nodes on the path that have no rule."""
        return [node for node in self.nodes if self.rule_of(node) is None]

    def _reached_from(self, graph: onnx.GraphProto, sources: Sequence[str]) -> set[str]:
        """Return the tensors that depend smoothly on the sources."""
        reached, integers = set(sources), set[str]()
        for node in graph.node:
            own = captured_inputs(node)
            if is_lookup(node):
                own = data_inputs(node)
                if own.isdisjoint(reached) and not indices(node).isdisjoint(reached | integers):
                    self.blockers[node.output[0]] = node
            if not own.isdisjoint(reached):
                if stop_reason(node.op_type, node.domain) is not None:
                    self.blockers[node.output[0]] = node
                    continue
                outputs = set(self._smooth_outputs(node))
                if not outputs:
                    self.blockers[node.output[0]] = node
                reached |= outputs
                integers |= set(node.output) - outputs
            elif not own.isdisjoint(integers):
                integers |= set(node.output)
        return reached

    def _smooth_outputs(self, node: onnx.NodeProto) -> Iterator[str]:
        entry = self.rule_of(node)
        for position, name in enumerate(node.output):
            if entry is not None and entry.outputs is not None and position not in entry.outputs:
                continue
            fact = self._facts[name]
            real = fact.is_float or fact.elem_type == 0
            if name and (real or (entry is not None and entry.carries_integers)):
                yield name


def refuse_unsupported(path: GradientPath, versions: dict[str, int]) -> None:
    """Raise if a node on the path has no rule, naming the first and counting the rest."""
    missing = path.without_rule()
    if not missing:
        return
    first = missing[0]
    domain = first.domain or "ai.onnx"
    others = sorted({node.op_type for node in missing} - {first.op_type})
    also = f" (also without a rule: {', '.join(others)})" if others else ""
    raise UnsupportedOperatorError(
        f"operator {domain}::{first.op_type} (opset {versions.get(first.domain, 1)}), node "
        f"{first.name or first.output[0]!r}, has no gradient rule{also}; "
        f"{advice(first.domain, first.op_type)}"
    )


def advice(domain: str, op_type: str) -> str:
    """Return what a user can do about an operator that has no rule."""
    if domain == "com.microsoft.nchwc" or (domain == MICROSOFT and op_type.startswith("Nhwc")):
        return (
            "onnxruntime's layout optimisation wrote it: save the model again with the graph "
            "optimisation level ORT_ENABLE_EXTENDED or less, or use the model it was made from"
        )
    if domain not in {"", "ai.onnx"}:
        return "export the model with standard ONNX operators"
    return "export the model without it, or choose an output before it"


def refuse_disconnected(path: GradientPath, *, sources: Sequence[str], logits: str) -> None:
    """Raise if no gradient can flow from the logits to one of the sources."""
    image = next((name for name in sources if name not in path.tensors), sources[0])
    if image not in path.tensors or logits not in path.tensors:
        raise disconnected(path, sources=[image], logits=logits)


def disconnected(path: GradientPath, *, sources: Sequence[str], logits: str) -> ModelError:
    """Return the error that says why no gradient flows from the logits to a source."""
    image = sources[0]
    lookup = next((node for node in path.blockers.values() if is_lookup(node)), None)
    if lookup is not None:
        return ModelError(
            f"{image!r} is looked up as an index by node {lookup.name or lookup.output[0]!r} "
            f"({lookup.op_type}), so that there is no gradient with respect to it: differentiate "
            f"by what is found there (--wrt {lookup.output[0]}), or choose another input by name"
        )
    because = ", ".join(
        sorted(
            {
                f"{node.op_type} ({stop_reason(node.op_type, node.domain) or 'integers'})"
                for node in path.blockers.values()
                if node.op_type != "Shape"
            }
        )
    )
    return ModelError(
        f"the output {logits!r} has no derivative with respect to {image!r}"
        + (f": it goes through {because}" if because else "")
        + "; choose another output or input by name"
    )


def backpropagate(
    path: GradientPath,
    emit: Emitter,
    facts: Facts,
    *,
    logits: str,
    seed: str,
    sources: Sequence[str],
) -> dict[str, str]:
    """Emit the backward pass of a path and return the gradient of each source.

    Parameters
    ----------
    path : GradientPath
    emit : Emitter
    facts : Facts
    logits : str
        The output that is differentiated.
    seed : str
        The cotangent: a tensor with the shape of the logits.
    sources : sequence of str
        The tensors to differentiate with respect to.
    """
    pending: defaultdict[str, list[str]] = defaultdict(list)
    pending[logits].append(seed)
    # What is differentiated by stays a tensor of its own, in no function of several nodes.
    producers = {name: node for node in path.nodes for name in node.output if name not in sources}
    found: dict[str, str] = {}
    for node in reversed(path.nodes):
        gradients = [_total(pending, name, emit, facts) for name in node.output]
        found.update(
            (name, gradient)
            for name, gradient in zip(node.output, gradients, strict=True)
            if name in sources and gradient is not None
        )
        if all(gradient is None for gradient in gradients):
            continue
        wanted = frozenset(i for i, name in enumerate(node.input) if name in path.tensors)
        context = NodeContext(node, emit, facts, gradients, wanted, producers)
        with reading(node):
            for name, gradient in _input_gradients(context, path.rule_of(node)):
                _declare(emit, facts, gradient, name)
                pending[name].append(gradient)
    for name in sources:
        total = found.get(name) or _total(pending, name, emit, facts)
        if total is None:
            raise ModelError(f"no gradient reaches {name!r}")
        found[name] = total
    return found


def _input_gradients(context: NodeContext, entry: Rule | None) -> list[tuple[str, str]]:
    """Return names of tensors and gradients of them that come through a node."""
    if entry is None:
        raise context.unsupported("no rule")
    composite = composite_gradients(context)
    if composite:
        return composite
    found = []
    for position, gradient in entry.differentiate(context).items():
        if position in context.wanted:
            name = context.input(position)
            if entry.broadcasts:
                gradient = unbroadcast(context, gradient, name, context.dims(context.output()))  # noqa: PLW2901
            found.append((name, gradient))
    return found


def _declare(emit: Emitter, facts: Facts, gradient: str, name: str) -> None:
    """Note that a gradient has the shape of the tensor it belongs to."""
    dimensions, fact = facts.dimensions(name), facts[name]
    if dimensions is not None:
        elem_type = fact.elem_type if fact.is_float else TensorProto.FLOAT
        emit.declare(gradient, elem_type, dimensions)
        facts.add_like(gradient, name, elem_type)


def _total(
    pending: defaultdict[str, list[str]], name: str, emit: Emitter, facts: Facts
) -> str | None:
    """Return the sum of a tensor's gradients, None if there are none."""
    gradients = pending.pop(name, [])
    if len(gradients) < 2:
        return gradients[0] if gradients else None
    total = accumulate(emit, gradients, facts[name].shape)
    _declare(emit, facts, total, name)
    return total


def captured_inputs(node: onnx.NodeProto) -> set[str]:
    """Return the inputs of a node with those that graphs inside it take from outside."""
    names = set(node.input)
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            for inner in attribute.g.node:
                names |= captured_inputs(inner)
    return names
