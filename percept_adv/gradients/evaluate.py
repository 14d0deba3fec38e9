"""Evaluation of the small nodes that compute shapes, indices and amounts of padding.

Values may be known in part: of the shape of a tensor, the sizes that do not depend on
those of the image. Which elements are unknown is followed through operators that move
elements or work on each alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

from percept_adv.gradients.trials import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.generic]

LARGEST_FOLDED = 1 << 14
"""Elements of the largest tensor whose value is kept."""

_RANDOM = frozenset(
    {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial"}
    | {"Bernoulli"}
)
_MOVING = frozenset(
    {"Cast", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"}
    | {"Transpose", "Unsqueeze"}
)
"""Operators that move the elements of input 0."""
_ELEMENTWISE = frozenset(
    {"Abs", "Add", "And", "Ceil", "Div", "Equal", "Floor", "Greater", "GreaterOrEqual", "Less"}
    | {"LessOrEqual", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Round", "Sub", "Where"}
)


def evaluate_node(
    node: onnx.NodeProto, inputs: dict[str, Trial], opsets: dict[str, int]
) -> list[Trial] | None:
    """Return the outputs of a node that only depends on known small values.

    Parameters
    ----------
    node : NodeProto
    inputs : dict
        What is known of each input.
    opsets : dict
        Domain to version.

    Returns
    -------
    list of Trial or None
        None if the node cannot be evaluated before it runs.
    """
    if node.domain not in {"", "ai.onnx"}:
        return None
    if node.op_type in {"Shape", "Size"}:
        return _shape_or_size(node, inputs[node.input[0]].shape)
    if _is_beyond_evaluation(node) or any(trial.value is None for trial in inputs.values()):
        return None
    unknown = {name: t.unknown for name, t in inputs.items() if t.unknown is not None}
    masks = _unknown_outputs(node, inputs, unknown, opsets) if unknown else []
    found = _reference(node, {name: t.value for name, t in inputs.items()}, opsets)
    if masks is None or found is None:
        return None
    return [_known(value, masks[i] if masks else None) for i, value in enumerate(found)]


def _is_beyond_evaluation(node: onnx.NodeProto) -> bool:
    """Whether a node draws random numbers or holds graphs."""
    graphs = {onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS}
    return node.op_type in _RANDOM or any(item.type in graphs for item in node.attribute)


def _known(value: Array, unknown: Array | None = None) -> Trial:
    elem_type = helper.np_dtype_to_tensor_dtype(value.dtype)
    if unknown is None or not unknown.any():
        return Trial(elem_type, value.shape, value)
    return Trial(elem_type, value.shape, value, unknown.astype(bool).reshape(value.shape))


def _shape_or_size(
    node: onnx.NodeProto, shape: tuple[int | None, ...] | None
) -> list[Trial] | None:
    if shape is None:
        return None
    unknown = np.array([size is None for size in shape], bool)
    # An unknown size counts as 1, which no arithmetic fails on.
    sizes = np.array([1 if size is None else size for size in shape], np.int64)
    if node.op_type == "Size":
        return [_known(np.array(sizes.prod(dtype=np.int64)), np.array(unknown.any()))]
    limits = {attribute.name: attribute.i for attribute in node.attribute}
    taken = slice(limits.get("start", 0), limits.get("end"))
    return [_known(sizes[taken], unknown[taken])]


def _unknown_outputs(
    node: onnx.NodeProto,
    inputs: dict[str, Trial],
    unknown: dict[str, NDArray[np.bool_]],
    opsets: dict[str, int],
) -> list[Array] | None:
    """Return which elements of the outputs depend on unknown ones; None if that is not known."""
    marks: dict[str, Array | None] = {}
    for name, trial in inputs.items():
        if trial.value is not None:
            mark = unknown.get(name)
            marks[name] = np.zeros(trial.value.shape, bool) if mark is None else mark
    if node.op_type in _ELEMENTWISE:
        present = [mark for mark in marks.values() if mark is not None]
        return [np.asarray(np.array(np.broadcast_arrays(*present)).any(axis=0))]
    if node.op_type == "Concat":
        return _reference(node, {k: _integers(v) for k, v in marks.items()}, opsets)
    if node.op_type not in _MOVING or unknown.keys() - {node.input[0]}:
        return None
    if node.op_type == "Cast":
        return [unknown[node.input[0]]]
    moved = {name: trial.value for name, trial in inputs.items()}
    moved[node.input[0]] = _integers(unknown[node.input[0]])
    return _reference(node, moved, opsets)


def _integers(mark: Array | None) -> Array | None:
    return None if mark is None else mark.astype(np.int64)


def _reference(
    node: onnx.NodeProto, values: dict[str, Array | None], opsets: dict[str, int]
) -> list[Array] | None:
    """Run one node in onnx's reference evaluator; None where that fails or is too large."""
    graph = helper.make_graph(
        [node],
        "constant",
        [onnx.ValueInfoProto(name=name) for name in values],
        [onnx.ValueInfoProto(name=name) for name in node.output if name],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opsets.get("", opsets.get("ai.onnx", 1)))]
    )
    try:
        found = ReferenceEvaluator(model).run(None, values)
    except Exception:  # noqa: BLE001 - whatever fails here is simply not a known constant
        return None
    arrays = dict(zip((name for name in node.output if name), found, strict=True))
    results = [np.asarray(arrays.get(name, np.zeros(0))) for name in node.output]
    return results if sum(array.size for array in results) <= LARGEST_FOLDED else None
