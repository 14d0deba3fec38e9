"""What a model does to its image itself, so that no pipeline does it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, numpy_helper

from percept_adv.pipeline import CentreCrop, CentreProportions, Pad, Pipeline, Resize
from percept_adv.pipeline.samples import SampleMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import onnx
    from numpy.typing import NDArray

    from percept_adv.pipeline import Step

_PASSING = {
    "Cast",
    "Transpose",
    "Identity",
    "Unsqueeze",
    "Squeeze",
    "Reshape",
    "Resize",
    "Upsample",
}
_ARITHMETIC = {"Mul", "Div", "Sub", "Add"}
_RESIZING = {"Resize", "Upsample"}
_SIZING = (Resize, CentreCrop, CentreProportions, Pad)
_SAME = 2e-3
"""How far a mean or std inside a model may be from the contract's: it is often rounded."""


def without_inside(
    pipeline: Pipeline, model: onnx.ModelProto, value: onnx.ValueInfoProto
) -> tuple[Pipeline, list[str]]:
    """Return a pipeline without the steps that the model has inside, and what was left out.

    Left out are the value steps, where the model begins with the same arithmetic or takes 8-bit
    integers, and those that change the size, where it begins with a resize of images of any size.
    """
    inside = list(_first_nodes(model.graph, value.name))
    notes = []
    steps = list(pipeline.steps)
    for kinds in (("rescale", "normalise"), ("rescale",)):
        values = [step for step in steps if step.kind in kinds]
        if (
            values
            and not _gives_bytes(pipeline)
            and _prepares_values(values, pipeline, model, value, inside)
        ):
            steps = [step for step in steps if step not in values]
            done = " and ".join(f"{step.kind}s" for step in values)
            notes.append(f"the model {done} itself: the contract's own is left out")
            break
    resizes = any(node.op_type in _RESIZING for node in inside)
    if resizes and any(isinstance(step, _SIZING) for step in steps) and _is_free(value):
        steps = [step for step in steps if not isinstance(step, _SIZING)]
        notes.append("the model resizes its image itself: the contract's own resize is left out")
    return Pipeline(tuple(steps)), notes


def _first_nodes(graph: onnx.GraphProto, name: str) -> Iterator[onnx.NodeProto]:
    """Yield the nodes behind the image input, as long as one follows the other."""
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for source in node.input:
            users.setdefault(source, []).append(node)
    while True:
        # Its shape may be asked for besides.
        following = [node for node in users.get(name, []) if node.op_type != "Shape"]
        if len(following) != 1 or following[0].op_type not in _PASSING | _ARITHMETIC:
            return
        yield following[0]
        name = following[0].output[0]


def _gives_bytes(pipeline: Pipeline) -> bool:
    """Whether a model gets samples of 0 to 255: there is nothing that it could do again."""
    whole = SampleMap.of(pipeline)
    return bool(np.allclose(whole.std, 1 / 255) and not whole.mean.any())


def _prepares_values(
    steps: list[Step],
    pipeline: Pipeline,
    model: onnx.ModelProto,
    value: onnx.ValueInfoProto,
    inside: list[onnx.NodeProto],
) -> bool:
    """Return whether the model makes of 0 to 255 what value steps make of it."""
    colour = [step for step in pipeline.steps if step.kind in ("colour_mode", "channel_order")]
    samples = SampleMap.of(Pipeline((*colour, *steps)))
    own = _arithmetic(model.graph, value.name, inside)
    if own is None:
        # Integers cannot hold what was scaled.
        return value.type.tensor_type.elem_type == TensorProto.UINT8
    factor, offset = own
    wanted = 1 / (255 * samples.std), -samples.mean / samples.std
    return bool(
        np.allclose(factor, wanted[0], rtol=_SAME) and np.allclose(offset, wanted[1], atol=_SAME)
    )


def _arithmetic(
    graph: onnx.GraphProto, name: str, inside: list[onnx.NodeProto]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return factor and offset of the arithmetic that a model begins with; None without any."""
    constants = dict(_small_constants(graph))
    factor, offset = np.ones(1), np.zeros(1)
    found = False
    for node in inside:
        if node.op_type in _ARITHMETIC:
            others = [other for other in node.input if other != name]
            if len(others) != 1 or others[0] not in constants or node.input[0] != name:
                break
            number = np.asarray(constants[others[0]], np.float64).ravel()
            if number.size not in (1, 3):
                break
            found = True
            factor, offset = _applied(node.op_type, factor, offset, number)
        name = node.output[0]
    return (factor, offset) if found else None


def _small_constants(graph: onnx.GraphProto) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the constants that may be a factor or a mean; weights stay where they are."""
    for tensor in graph.initializer:
        if np.prod(tensor.dims, dtype=np.int64) <= 3 and not tensor.external_data:
            yield tensor.name, numpy_helper.to_array(tensor)
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            yield node.output[0], numpy_helper.to_array(node.attribute[0].t)


def _applied(
    operator: str,
    factor: NDArray[np.float64],
    offset: NDArray[np.float64],
    number: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if operator == "Mul":
        return factor * number, offset * number
    if operator == "Div":
        return factor / number, offset / number
    return factor, offset + (number if operator == "Add" else -number)


def _is_free(value: onnx.ValueInfoProto) -> bool:
    """Return whether the input leaves height and width open."""
    free = [not dimension.HasField("dim_value") for dimension in value.type.tensor_type.shape.dim]
    return len(free) == 4 and sum(free[1:]) >= 2
