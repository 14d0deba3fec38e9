"""Feature maps: inner tensors that still have a height and a width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.backward import GradientPath
from percept_adv.gradients.canonical import canonicalize
from percept_adv.gradients.naming import with_free_names
from percept_adv.gradients.ports import choose_input, choose_output

if TYPE_CHECKING:
    import onnx


def feature_maps(
    model: onnx.ModelProto, *, input_name: str | None = None, output_name: str | None = None
) -> list[str]:
    """Return the tensors (N, C, h, w) between image and scores, in the order of execution.

    Those with more than one pixel and a fixed number of channels; what is not fixed counts as
    more than one. Their names are the model's own.
    """
    source = with_free_names(model)
    names = {name for node in source.graph.node for name in node.output}
    image, scores = choose_input(source.graph, input_name), choose_output(source.graph, output_name)
    canonical = canonicalize(source)
    path = GradientPath(canonical.model, canonical.facts, sources=[image.name], logits=scores.name)
    found = []
    for node in path.nodes:
        for name in node.output:
            shape = canonical.facts[name].shape
            pixels = shape is not None and len(shape) == 4 and 1 not in shape[2:]
            if pixels and name in names and name in path.tensors:
                found.append(name)
    return found
