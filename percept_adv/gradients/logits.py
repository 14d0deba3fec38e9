"""Models that end in probabilities, and the logits in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import onnx

from percept_adv.gradients.heads import HeadKind, Unwinder, logits_behind
from percept_adv.gradients.loading import Folder, ModelOrFile, load_model
from percept_adv.gradients.naming import rename_tensors
from percept_adv.gradients.ports import choose_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from percept_adv.gradients.increasing import IncreasingEnd

OutputKind = Literal["logits", "probabilities"]

_SHAPE_ONLY = frozenset(
    {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Dropout"}
)


def output_kind(model: onnx.ModelProto, output: str) -> OutputKind:
    """Return whether an output holds logits or probabilities, judged by what it is made of."""
    return "logits" if head_kind(model, output) is None else "probabilities"


def head_kind(model: onnx.ModelProto, output: str) -> HeadKind | None:
    """Return whether an output is made of softmaxes or is a sigmoid; None if neither.

    Softmaxes may be clipped, scaled and averaged.

    Parameters
    ----------
    model
        A classifier.
    output
        The output with the class scores.

    Returns
    -------
    str or None
        ``"softmax"``, ``"sigmoid"``, or None.

    Examples
    --------
    >>> from percept_adv.gradients import head_kind
    >>> head_kind(model, "logits") is None
    True
    """
    return logits_behind(model, output)[0]


def last_operator(graph: onnx.GraphProto, output: str) -> str | None:
    """Return the operator that an output comes from, through nothing but reshaping.

    Parameters
    ----------
    graph
        Of a model.
    output
        One of its outputs.

    Returns
    -------
    str or None
        Such as ``"Gemm"``; None for an input or a constant.

    Examples
    --------
    >>> from percept_adv.gradients import last_operator
    >>> last_operator(model.graph, "logits")
    'Gemm'
    """
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
    """Return the model with logits in place of probabilities.

    The output keeps its name. Where it was made of softmaxes it then holds logarithms of the
    probabilities up to a constant for each image, computed so that nothing underflows; where
    it was a sigmoid, log-odds. A model that ends in neither comes back as a copy.

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

    Returns
    -------
    ModelProto
        A model of its own; the given one is not changed.

    Raises
    ------
    ModelFormatError, AmbiguousModelError, ModelError
        As ``build_gradient_graph``.

    Examples
    --------
    >>> from percept_adv.gradients import expose_logits
    >>> [port.name for port in expose_logits(model).graph.output]
    ['logits']
    """
    source = load_model(model, weights_folder=weights_folder, inline_limit=inline_limit)
    output = choose_output(source.graph, output_name).name
    result = onnx.ModelProto()
    result.CopyFrom(source)
    _, name, unwinder = logits_behind(result, output)
    if name != output:
        _replace_output(result.graph, output, name, unwinder)
    return result


def expose_ranking(model: onnx.ModelProto, output: str, end: IncreasingEnd) -> onnx.ModelProto:
    """Return the model without the functions at its end that only keep the order of the scores.

    Parameters
    ----------
    model
        It is not changed.
    output
        The output with the scores.
    end
        What `increasing_end` found.

    Returns
    -------
    ModelProto
        Its output holds the scores in front of these functions.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.gradients import expose_ranking, increasing_end
    >>> flat = parser.parse_model('''<ir_version: 8, opset_import: ["" : 18]>
    ... g (float[N, 3] x) => (float[N, 3] y) { a = Relu (x) y = Tanh (a) }''')
    >>> bare = expose_ranking(flat, "y", increasing_end(flat, "y"))
    >>> bare.graph.node[-1].op_type, bare.graph.node[-1].input
    ('Identity', ['a'])
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    _replace_output(result.graph, output, end.scores, None)
    return result


def _replace_output(
    graph: onnx.GraphProto, output: str, name: str, unwinder: Unwinder | None
) -> None:
    """Give another tensor the name of an output, in place."""
    rename_tensors(graph, {output: f"{output}/saturated"})
    for value in graph.output:
        if value.name == f"{output}/saturated":
            value.name = output
    if unwinder is not None:
        graph.node.extend(unwinder.nodes)
        graph.initializer.extend(unwinder.constants)
    graph.node.append(onnx.helper.make_node("Identity", [name], [output], f"{output}/unwound"))


def _towards_input(graph: onnx.GraphProto, output: str) -> Iterator[onnx.NodeProto]:
    """Yield the node that produces a tensor, then the one of its first input, and so on."""
    producers = {name: node for node in graph.node for name in node.output}
    while (node := producers.get(output)) is not None:
        yield node
        if not node.input:
            return
        output = node.input[0]
