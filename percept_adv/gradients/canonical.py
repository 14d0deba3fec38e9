"""One dialect for the rules: the model rewritten so that each operator means one thing.

The dialect is the lowest opset from 18 on in which every node can be said. Older forms
are rewritten to it, fused and integer operators of onnxruntime are taken apart into
standard ones (which a runtime fuses again), functions and constant branches are inlined.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx
from onnx import helper

from percept_adv.errors import ModelError, UnsupportedOperatorError
from percept_adv.gradients import rewrites
from percept_adv.gradients.damage import reading
from percept_adv.gradients.expansion import expand_functions
from percept_adv.gradients.facts import Facts
from percept_adv.gradients.opsets import dialect_of, version_of
from percept_adv.gradients.trials import TrialSizes, trial_sizes

OLDEST = 7
"""First opset whose broadcasting is today's."""


@dataclass(frozen=True)
class Canonical:
    """A model in the rules' dialect, and what is known of its tensors."""

    model: onnx.ModelProto
    facts: Facts


def canonicalize(source: onnx.ModelProto) -> Canonical:
    """Return a copy of a model in the rules' dialect, with the facts of its tensors.

    Raises
    ------
    ModelError
        If the model's opset is older than 7.
    """
    version = version_of(source)
    if version < OLDEST:
        raise ModelError(
            f"the model has opset {version}; gradients need {OLDEST} or later: "
            "convert it with onnx.version_converter"
        )
    expanded = expand_functions(source)
    dialect = dialect_of(expanded)
    sizes = trial_sizes(_without_nodes(expanded, dialect).graph)
    written = _rewritten_where_it_fits(expanded, dialect, version, sizes)
    if all(written.facts[value.name].shape is None for value in written.model.graph.output):
        # A model whose shapes only fit a batch of 1, whatever its input says.
        alone = sizes.with_batch_of_one()
        return _rewritten_where_it_fits(expanded, dialect, version, alone)
    return written


def _rewritten_where_it_fits(
    source: onnx.ModelProto, dialect: int, version: int, sizes: TrialSizes
) -> Canonical:
    """Rewrite a model by the trial sizes that fit it; the others are left out."""
    result = _without_nodes(source, dialect)
    facts = Facts(result.graph, result.opset_import, sizes)
    writer = rewrites.Writer(result.graph, facts, version)
    try:
        for node in source.graph.node:
            with reading(node):
                rewrites.rewrite_node(writer, node)
    except UnsupportedOperatorError:
        if not facts.failed_trials():
            raise
    failed = facts.failed_trials()
    if failed:
        return _rewritten_where_it_fits(source, dialect, version, sizes.without(failed))
    return Canonical(result, facts)


def _without_nodes(source: onnx.ModelProto, dialect: int) -> onnx.ModelProto:
    """Return a model with a source's inputs, outputs and weights and the dialect's opset."""
    result = onnx.ModelProto()
    domains = {entry.domain: entry.version for entry in source.opset_import}
    domains.pop("ai.onnx", None)
    domains[""] = dialect
    result.opset_import.extend(helper.make_opsetid(*entry) for entry in domains.items())
    known = [entry for entry in result.opset_import if entry.domain in {"", "ai.onnx.ml"}]
    least = helper.find_min_ir_version_for(known)
    lowered = dialect < version_of(source)
    result.ir_version = least if lowered else max(source.ir_version, least)
    result.producer_name = "percept-adv"
    result.metadata_props.extend(source.metadata_props)
    graph = result.graph
    graph.name = source.graph.name or "model"
    stored = {tensor.name for tensor in source.graph.initializer}
    # Before IR 4 every stored weight had to be listed as an input too.
    optional = stored if source.ir_version < 4 else set()
    graph.input.extend(value for value in source.graph.input if value.name not in optional)
    graph.output.extend(source.graph.output)
    graph.initializer.extend(source.graph.initializer)
    graph.sparse_initializer.extend(source.graph.sparse_initializer)
    return result
