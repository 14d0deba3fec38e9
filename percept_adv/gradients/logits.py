"""Models that end in probabilities, and the logits in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import onnx

from percept_adv.gradients.loading import Folder, ModelOrFile, load_model
from percept_adv.gradients.ports import choose_output

if TYPE_CHECKING:
    from collections.abc import Iterator

OutputKind = Literal["logits", "probabilities"]

_PROBABILITIES = frozenset({("", "Softmax"), ("", "Sigmoid")})
_SHAPE_ONLY = frozenset(
    {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Dropout"}
)


def output_kind(graph: onnx.GraphProto, output: str) -> OutputKind:
    """Return whether an output holds logits or probabilities, judged by its last operator."""
    return "probabilities" if _final_softmax(graph, output) is not None else "logits"


def last_operator(graph: onnx.GraphProto, output: str) -> str | None:
    """Return the operator that an output comes from, through nothing but reshaping."""
    for node in _towards_input(graph, output):
        if node.op_type not in _SHAPE_ONLY:
            return str(node.op_type)
    return None


def expose_logits(
    model: ModelOrFile,
    *,
    output_name: str | None = None,
    weights_folder: Folder | None = None,
    inline_limit: int | None = None,
) -> onnx.ModelProto:
    """Return the model with the final Softmax or Sigmoid taken out.

    The output keeps its name and then holds what went into that operator: for Softmax
    the logits (which are the logarithms of the probabilities up to a constant for each
    image), for Sigmoid the log-odds. A model that ends in neither comes back as a copy.

    Parameters
    ----------
    model : ModelProto or path
    output_name : str, optional
        The output, where the model has several that fit.
    weights_folder : path, optional
        Where the files with external weights are: by default beside the model's file, for
        a ModelProto in the current folder.
    inline_limit : int, optional
        Bytes of external weights up to which they are read into the model, 1.5 GB by default.

    Raises
    ------
    ModelFormatError, AmbiguousModelError, ModelError
        As ``build_gradient_graph``.
    """
    source = load_model(model, weights_folder=weights_folder, inline_limit=inline_limit)
    output = choose_output(source.graph, output_name).name
    result = onnx.ModelProto()
    result.CopyFrom(source)
    final = _final_softmax(result.graph, output)
    if final is not None:
        replacement = onnx.helper.make_node("Identity", final.input[:1], final.output[:1])
        replacement.name = final.name
        final.CopyFrom(replacement)
    return result


def _final_softmax(graph: onnx.GraphProto, output: str) -> onnx.NodeProto | None:
    """Return the Softmax or Sigmoid that an output comes from, through nothing but reshaping."""
    for node in _towards_input(graph, output):
        if (node.domain, node.op_type) in _PROBABILITIES:
            return node
        if node.op_type not in _SHAPE_ONLY:
            return None
    return None


def _towards_input(graph: onnx.GraphProto, output: str) -> Iterator[onnx.NodeProto]:
    """Yield the node that produces a tensor, then the one of its first input, and so on."""
    producers = {name: node for node in graph.node for name in node.output}
    while (node := producers.get(output)) is not None:
        yield node
        if not node.input:
            return
        output = node.input[0]
