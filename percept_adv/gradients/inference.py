"""Type, shape and small value of a node's outputs, from those of its inputs."""

from __future__ import annotations

import math

import onnx
from onnx import helper, numpy_helper

from percept_adv.errors import ModelFormatError
from percept_adv.gradients.damage import check_outputs
from percept_adv.gradients.deployed_sizes import without_disputed_sizes
from percept_adv.gradients.evaluate import LARGEST_FOLDED, evaluate_node
from percept_adv.gradients.trials import UNKNOWN, Trial

_ENLARGING = frozenset({"ConstantOfShape", "Expand", "OneHot", "Pad", "Range", "Resize", "Tile"})
"""Operators whose output may be far larger than all their inputs."""


def infer_node(
    node: onnx.NodeProto, inputs: dict[str, Trial], opsets: dict[str, int]
) -> list[Trial]:
    """Return what is known of each output of a node.

    Parameters
    ----------
    node : NodeProto
    inputs : dict
        What is known of each input, by its name.
    opsets : dict
        Domain to version.

    Raises
    ------
    ModelFormatError
        If the node is not as its operator is defined.
    """
    if node.op_type in _ENLARGING:
        inferred = _infer(node, inputs, opsets)
        if not all(_is_small(trial) for trial in inferred):
            return inferred
    found = evaluate_node(node, inputs, opsets)
    return _infer(node, inputs, opsets) if found is None else found


def _is_small(trial: Trial) -> bool:
    sizes = [size for size in trial.shape or (None,) if size is not None]
    known = trial.shape is not None and len(sizes) == len(trial.shape)
    return known and math.prod(sizes) <= LARGEST_FOLDED


def _infer(node: onnx.NodeProto, inputs: dict[str, Trial], opsets: dict[str, int]) -> list[Trial]:
    """Infer types and shapes of a node's outputs with onnx's own rules."""
    known = {name: trial for name, trial in inputs.items() if trial.elem_type}
    if len(known) < len(inputs) or not onnx.defs.has(node.op_type, node.domain):
        return [UNKNOWN] * len(node.output)
    check_outputs(node)
    target = inputs.get(node.input[1]) if len(node.input) > 1 else None
    if target is not None and target.unknown is not None and node.op_type in _BY_SHAPE:
        return [_BY_SHAPE[node.op_type](node, inputs[node.input[0]], target)]
    try:
        schema = onnx.defs.get_schema(node.op_type, opsets.get(node.domain, 1), node.domain)
        types = onnx.shape_inference.infer_node_outputs(
            schema,
            node,
            {
                name: helper.make_tensor_type_proto(trial.elem_type, trial.shape)
                for name, trial in known.items()
            },
            {
                name: numpy_helper.from_array(trial.known_value, name)
                for name, trial in known.items()
                if trial.known_value is not None
            },
            opset_imports=[helper.make_opsetid(*entry) for entry in opsets.items()],
        )
    except (onnx.shape_inference.InferenceError, onnx.defs.SchemaError):
        return [UNKNOWN] * len(node.output)
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        raise ModelFormatError(
            f"node {node.name or node.op_type!r} is not as {node.op_type} is defined, the file may "
            f"be damaged: {' '.join(str(error).split())[:200]}"
        ) from error
    return without_disputed_sizes(
        node, inputs, [_trial_of(types.get(name)) for name in node.output]
    )


def _trial_of(inferred: onnx.TypeProto | None) -> Trial:
    """Return the trial for an inferred type."""
    if inferred is None or not inferred.HasField("tensor_type"):
        return UNKNOWN
    tensor = inferred.tensor_type
    if not tensor.HasField("shape"):
        return Trial(tensor.elem_type, None)
    sizes = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
    return Trial(tensor.elem_type, tuple(sizes))


def _reshaped(node: onnx.NodeProto, source: Trial, target: Trial) -> Trial:
    """Return what is known of a tensor reshaped to sizes of which some are unknown."""
    if target.value is None or target.unknown is None:
        return Trial(source.elem_type, None)
    copies = not any(item.i for item in node.attribute if item.name == "allowzero")
    own = source.shape or ()
    shape: list[int | None] = []
    for axis, (size, unknown) in enumerate(zip(target.value, target.unknown, strict=True)):
        if size == 0 and copies and not unknown:
            shape.append(own[axis] if axis < len(own) else None)
        else:
            shape.append(None if unknown or size < 0 else int(size))
    return Trial(source.elem_type, tuple(shape))


def _expanded(_node: onnx.NodeProto, source: Trial, target: Trial) -> Trial:
    """Return what is known of a tensor that is broadcast to sizes of which some are unknown."""
    if target.value is None or target.unknown is None or source.shape is None:
        return Trial(source.elem_type, None)
    wanted = [
        None if unknown else int(size)
        for size, unknown in zip(target.value, target.unknown, strict=True)
    ]
    rank = max(len(wanted), len(source.shape))
    pairs = zip(
        (1,) * (rank - len(source.shape)) + source.shape,
        [1] * (rank - len(wanted)) + wanted,
        strict=True,
    )
    return Trial(source.elem_type, tuple(_broadcast(own, size) for own, size in pairs))


def _broadcast(first: int | None, second: int | None) -> int | None:
    """Return the size of two that are broadcast together: any but 1 decides."""
    decisive = next((size for size in (first, second) if size not in (None, 1)), None)
    return 1 if first == second == 1 else decisive


_BY_SHAPE = {"Reshape": _reshaped, "Expand": _expanded}
"""What is inferred where an output's shape is a value that is known in part."""
