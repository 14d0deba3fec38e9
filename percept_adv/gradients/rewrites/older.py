"""Operators whose form changed between opset 7 and 18, and CastLike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.rewrites.writer import rewrite

if TYPE_CHECKING:
    from percept_adv.gradients.rewrites.writer import Source


@rewrite("Squeeze", "Unsqueeze", before=13)
def squeeze(source: Source) -> None:
    """Axes were an attribute."""
    axes = source.attribute("axes")
    inputs = [source.input(0)] + ([source.integers(axes)] if axes is not None else [])
    source.finish(source.node.op_type, *inputs)


@rewrite("CastLike")
def cast_like(source: Source) -> None:
    """Cast: of what gives the type, only the type counts."""
    elem_type = source.writer.facts[source.input(1)].elem_type
    if elem_type:
        source.finish("Cast", source.input(0), to=elem_type, **source.attributes)
    else:
        source.keep()


@rewrite("ReduceSum", before=13)
def reduce_sum(source: Source) -> None:
    """Axes were an attribute."""
    reduce_other(source)


@rewrite(
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSumSquare",
    before=18,
)
def reduce_other(source: Source) -> None:
    """Axes were an attribute."""
    axes = source.attribute("axes")
    inputs = [source.input(0)] + ([source.integers(axes)] if axes is not None else [])
    source.finish(source.node.op_type, *inputs, **source.without("axes"))


@rewrite("Split", before=18)
def split(source: Source) -> None:
    """Sizes were an attribute; equal parts had no count."""
    sizes = source.attribute("split")
    inputs = [source.input(0)]
    if sizes is not None:
        inputs.append(source.integers(sizes))
    elif source.input(1):
        inputs.append(source.input(1))
    attributes = source.without("split")
    if len(inputs) == 1:
        attributes["num_outputs"] = len(source.node.output)
    source.finish("Split", *inputs, **attributes)


@rewrite("Softmax", "LogSoftmax", "Hardmax", before=13)
def softmax(source: Source) -> None:
    """Flatten to a matrix at the axis first, as it then was."""
    name = source.input(0)
    axis = source.attribute("axis", 1)
    rank = source.rank(name)
    if axis % rank == rank - 1:
        source.finish(source.node.op_type, name, axis=-1)
        return
    matrix = source.op("Flatten", name, axis=axis % rank)
    result = source.op(source.node.op_type, matrix, axis=-1)
    source.finish("Reshape", result, source.op("Shape", name))


@rewrite("Slice", before=10)
def slice_(source: Source) -> None:
    """Turn starts, ends and axes from attributes into inputs."""
    inputs = [source.integers(source.attribute(name)) for name in ("starts", "ends")]
    axes = source.attribute("axes")
    if axes is not None:
        inputs.append(source.integers(axes))
    source.finish("Slice", source.input(0), *inputs)


@rewrite("Pad", before=11)
def pad(source: Source) -> None:
    """Amounts and value were attributes."""
    value = source.scalar(source.attribute("value", 0.0), source.input(0))
    amounts = source.integers(source.attribute("pads"))
    source.finish("Pad", source.input(0), amounts, value, mode=source.attribute("mode", "constant"))


@rewrite("Clip", before=11)
def clip(source: Source) -> None:
    """Bounds were attributes."""
    low, high = source.attribute("min"), source.attribute("max")
    bounds = [
        "" if bound is None else source.scalar(bound, source.input(0)) for bound in (low, high)
    ]
    while bounds and not bounds[-1]:
        bounds.pop()
    source.finish("Clip", source.input(0), *bounds)


@rewrite("Dropout", before=12)
def dropout(source: Source) -> None:
    """Drop the ratio, which was an attribute; at inference it does nothing."""
    if len(source.node.output) == 1:
        source.finish("Identity", source.input(0))
    else:
        source.finish("Dropout", source.input(0))


@rewrite("BatchNormalization", before=14)
def batch_normalization(source: Source) -> None:
    """Whether it is training was told by the number of outputs."""
    if len([name for name in source.node.output if name]) > 1:
        raise source.unsupported("it is in training mode; export the model for inference")
    if source.attribute("spatial", 1) != 1:
        raise source.unsupported("spatial = 0 normalises each pixel alone; use opset 9 or later")
    del source.node.output[1:]
    source.finish("BatchNormalization", *source.node.input, **source.without("spatial"))


@rewrite("TopK", before=10)
def top_k(source: Source) -> None:
    """Turn the count from an attribute into an input."""
    count = source.integers([source.attribute("k")])
    source.finish("TopK", source.input(0), count, **source.without("k"))


@rewrite("Scatter")
def scatter(source: Source) -> None:
    """ScatterElements under its old name."""
    source.finish("ScatterElements", *source.node.input, **source.attributes)


@rewrite("Upsample")
def upsample(source: Source) -> None:
    """Resize with asymmetric coordinates, nearest rounding down."""
    scales = source.attribute("scales")
    name = source.input(1)
    if scales is not None:
        name = source.writer.constant(np.array(scales), TensorProto.FLOAT)
    _asymmetric_resize(source, name)


@rewrite("Resize", before=18)
def resize(source: Source) -> None:
    """Opset 10 had asymmetric coordinates only; later an unused input could be empty."""
    if source.writer.version < 11:
        _asymmetric_resize(source, source.input(1))
        return
    inputs = []
    for name in source.node.input:
        value = source.value(name)
        inputs.append("" if value is not None and value.size == 0 else name)
    source.finish("Resize", *inputs, **source.attributes)


def _asymmetric_resize(source: Source, scales: str) -> None:
    source.finish(
        "Resize",
        source.input(0),
        "",
        scales,
        mode="linear" if source.attribute("mode") in {"linear", "bilinear"} else "nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
