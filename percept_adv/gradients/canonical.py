"""One dialect for the rules: the model rewritten so that each operator means one thing."""

from __future__ import annotations

from dataclasses import dataclass

import onnx

from percept_adv.gradients.facts import Facts


@dataclass(frozen=True)
class Canonical:
    """A model in the rules' dialect, and what is known of its tensors."""

    model: onnx.ModelProto
    facts: Facts


def canonicalize(source: onnx.ModelProto) -> Canonical:
    """Return a copy of a model in the rules' dialect, with the facts of its tensors."""
    model = onnx.ModelProto()
    model.CopyFrom(source)
    facts = Facts(model.graph, model.opset_import)
    for node in model.graph.node:
        facts.add_node(node)
    return Canonical(model, facts)
