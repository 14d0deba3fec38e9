"""Models that give labels, or the best scores only, and the scores in front of them.

A label is the position of the largest score: nothing can be differentiated there, and nothing says
how near another label is. The scores are what ArgMax or TopK reads. The best scores themselves,
sorted, do not say which class they belong to.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

_MARK = "percept_adv.scores_of_labels"
_POSITIONS = {"ArgMax": 0, "TopK": 1}
"""Operators that give positions of the largest elements, and which output these are."""
_NAMING = frozenset(
    {"ArrayFeatureExtractor", "Cast", "Flatten", "Gather", "Identity", "LabelEncoder", "Reshape"}
    | {"Squeeze", "Unsqueeze"}
)
"""Operators that give a position another form, or make a name of it."""
_SHAPING = frozenset({"Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
_NUMBERS = frozenset(
    {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
)


def scores_of_labels(model: onnx.ModelProto) -> str | None:
    """Return the output that was added to a model that was read, as it gives labels only.

    Parameters
    ----------
    model
        As `load_model` returns it.

    Returns
    -------
    str or None
        None where the model gives scores itself.

    Examples
    --------
    >>> from percept_adv.gradients import scores_of_labels
    >>> scores_of_labels(model) is None
    True
    """
    return next((entry.value for entry in model.metadata_props if entry.key == _MARK), None)


def with_scores(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model that also gives the scores in front of its labels, if it gives nothing else.

    The same object if an output holds real numbers that are not just the best scores, or if no
    scores are found.
    """
    graph = model.graph
    best = {value.name: scores_of_the_best(graph, value.name) for value in graph.output}
    for value in graph.output:
        kind = value.type.tensor_type.elem_type
        if kind in _NUMBERS | {TensorProto.UNDEFINED} and best[value.name] is None:
            return model
    found = (best[value.name] or _scores_behind(graph, value.name) for value in graph.output)
    scores = next((one for one in found if one is not None), None)
    if scores is None or scores in best:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    result.graph.output.append(helper.make_tensor_value_info(scores, _type_of(model, scores), None))
    result.metadata_props.add(key=_MARK, value=scores)
    return result


def scores_of_the_best(graph: onnx.GraphProto, output: str) -> str | None:
    """Return the scores of which an output holds the best, without their classes.

    Parameters
    ----------
    graph
        Of a classifier.
    output
        One of its outputs.

    Returns
    -------
    str or None
        What TopK reads, or ReduceMax beside a label; None for any other output.
    """
    producers = {name: node for node in graph.node for name in node.output}
    name = output
    while (node := producers.get(name)) is not None and node.op_type in _SHAPING:
        name = node.input[0]
    if node is None or node.output[0] != name:
        return None
    scores = str(node.input[0])
    if node.op_type == "TopK":
        return scores
    # A maximum over places, as some networks end in, has no label beside it.
    labels = (_scores_behind(graph, value.name) for value in graph.output)
    return scores if node.op_type == "ReduceMax" and scores in labels else None


def _scores_behind(graph: onnx.GraphProto, output: str) -> str | None:
    """Return the tensor whose largest elements an output names."""
    producers = {name: node for node in graph.node for name in node.output}
    computed = {*producers, *(value.name for value in graph.input)}
    name = output
    while (node := producers.get(name)) is not None:
        position = _POSITIONS.get(node.op_type)
        if position is not None:
            return str(node.input[0]) if node.output[position] == name else None
        if node.op_type not in _NAMING:
            return None
        # Of a table and a position in it, the table is stored.
        name = next((one for one in node.input if one in computed), "")
    return None


def _type_of(model: onnx.ModelProto, tensor: str) -> int:
    try:
        inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
    except Exception:  # noqa: BLE001  what onnx raises of a large or unusual model has no base
        inferred = ()
    found = next((one.type.tensor_type.elem_type for one in inferred if one.name == tensor), 0)
    return found if found in _NUMBERS else TensorProto.FLOAT
