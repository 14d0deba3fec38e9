"""Operators that onnxruntime's optimiser fused, taken apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import helper

from percept_adv.gradients.registry import MICROSOFT
from percept_adv.gradients.rewrites.writer import rewrite

if TYPE_CHECKING:
    from percept_adv.gradients.rewrites.writer import Source

_ACTIVATION_ATTRIBUTES = {"LeakyRelu": ["alpha"], "HardSigmoid": ["alpha", "beta"]}


def _finish_activated(source: Source, name: str, parameters: list[float]) -> None:
    """Write the activation that a fused operator ends with."""
    activation = source.attribute("activation", "")
    if activation == "Clip":
        bounds = [source.scalar(value, source.input(0)) for value in parameters[:2]]
        source.finish("Clip", name, *bounds)
        return
    keys = _ACTIVATION_ATTRIBUTES.get(activation, [])
    attributes = dict(zip(keys, parameters, strict=False))
    source.finish(activation or "Identity", name, **attributes)


@rewrite("FusedConv", domain=MICROSOFT)
def fused_conv(source: Source) -> None:
    """Conv, a sum with input 3 if there is one, and the activation."""
    attributes = source.without("activation", "activation_params")
    inputs = [source.input(position) for position in range(3)]
    result = source.op("Conv", *(inputs if inputs[2] else inputs[:2]), **attributes)
    if source.input(3):
        result = source.op("Add", result, source.input(3))
    _finish_activated(source, result, source.attribute("activation_params", []))


@rewrite("FusedGemm", domain=MICROSOFT)
def fused_gemm(source: Source) -> None:
    """Gemm and the activation."""
    kept: dict[str, Any] = {
        key: value
        for key, value in source.attributes.items()
        if key in {"alpha", "beta", "transA", "transB"}
    }
    result = source.op("Gemm", *source.node.input, **kept)
    names = ("activation_alpha", "activation_beta")
    parameters = [source.attribute(name) for name in names if name in source.attributes]
    _finish_activated(source, result, parameters)


@rewrite("FusedMatMul", "TransposeMatMul", domain=MICROSOFT)
def fused_mat_mul(source: Source) -> None:
    """MatMul of transposed matrices, times alpha."""
    operands = []
    for position, key in enumerate(("A", "B")):
        name = source.input(position)
        rank = source.rank(name)
        order = list(range(rank))
        if source.attribute(f"transBatch{key}", 0):
            order = [*order[1:-1], order[0], order[-1]]
        if source.attribute(f"trans{key}", 0) and rank > 1:
            order[-2:] = order[:-3:-1]
        moved = order != list(range(rank))
        operands.append(source.op("Transpose", name, perm=order) if moved else name)
    alpha = source.attribute("alpha", 1.0)
    if alpha == 1.0:
        source.finish("MatMul", *operands)
        return
    product = source.op("MatMul", *operands)
    source.finish("Mul", product, source.scalar(alpha, source.input(0)))


@rewrite("Gelu", domain=MICROSOFT)
def gelu(source: Source) -> None:
    """Take the standard Gelu."""
    source.finish("Gelu", source.input(0))


@rewrite("BiasGelu", domain=MICROSOFT)
def bias_gelu(source: Source) -> None:
    """Gelu of a sum."""
    source.finish("Gelu", source.op("Add", source.input(0), source.input(1)))


@rewrite("FastGelu", domain=MICROSOFT)
def fast_gelu(source: Source) -> None:
    """Gelu in its tanh form, of a sum if there is a bias."""
    name = source.input(0)
    if source.input(1):
        name = source.op("Add", name, source.input(1))
    source.finish("Gelu", name, approximate="tanh")


@rewrite("QuickGelu", domain=MICROSOFT)
def quick_gelu(source: Source) -> None:
    """Write x sigmoid(alpha x)."""
    name = source.input(0)
    scaled = source.op("Mul", name, source.scalar(source.attribute("alpha", 1.702), name))
    source.finish("Mul", name, source.op("Sigmoid", scaled))


@rewrite("SkipLayerNormalization", domain=MICROSOFT)
def skip_layer_normalization(source: Source) -> None:
    """LayerNormalization of a sum; output 3 is the sum."""
    name, skip, gamma, beta, bias = (source.input(position) for position in range(5))
    total = source.op("Add", name, skip)
    if bias:
        total = source.op("Add", total, bias)
    outputs = list(source.node.output)
    if any(outputs[1:3]):
        raise source.unsupported("its outputs of mean and deviation are used")
    inputs = [total, gamma] + ([beta] if beta else [])
    if len(outputs) > 3 and outputs[3]:
        source.writer.add(helper.make_node("Identity", [total], [outputs[3]], outputs[3]))
    del source.node.output[1:]
    epsilon = source.attribute("epsilon", 1e-12)
    source.finish("LayerNormalization", *inputs, axis=-1, epsilon=epsilon)


@rewrite("SimplifiedLayerNormalization")
def simplified_layer_normalization(source: Source) -> None:
    """Divide by the root mean square and scale; onnxruntime's own, though in ONNX's domain."""
    name, scale = source.input(0), source.input(1)
    if any(source.node.output[1:]):
        raise source.unsupported("its output of the deviation is used")
    del source.node.output[1:]
    rank = source.rank(name)
    axes = source.integers(range(source.attribute("axis", -1) % rank, rank))
    square = source.op("ReduceMean", source.op("Mul", name, name), axes)
    epsilon = source.scalar(source.attribute("epsilon", 1e-5), name)
    root = source.op("Sqrt", source.op("Add", square, epsilon))
    source.finish("Mul", source.op("Div", name, root), scale)


@rewrite("MeanVarianceNormalization")
def mean_variance_normalization(source: Source) -> None:
    """Subtract the mean and divide by the deviation, a small number added to it."""
    name = source.input(0)
    axes = source.integers(source.attribute("axes", [0, 2, 3]))
    centred = source.op("Sub", name, source.op("ReduceMean", name, axes))
    variance = source.op("ReduceMean", source.op("Mul", centred, centred), axes)
    deviation = source.op("Add", source.op("Sqrt", variance), source.scalar(1e-9, name))
    source.finish("Div", centred, deviation)


@rewrite("GroupNormalization")
def group_normalization(source: Source) -> None:
    """InstanceNormalization of groups; the scale is given by group before opset 21."""
    name, scale, bias = (source.input(position) for position in range(3))
    shape = source.writer.facts[name].shape
    if shape is None or shape[1] is None:
        raise source.unsupported("its number of channels is unknown")
    groups = source.attribute("num_groups")
    channels = shape[1]
    if source.writer.version < 21 and groups != channels:
        repeat = source.integers(np.repeat(np.arange(groups), channels // groups).tolist())
        scale, bias = (source.op("Gather", value, repeat) for value in (scale, bias))
    ones = source.writer.constant(np.ones(groups), source.elem_type(name))
    zeros = source.writer.constant(np.zeros(groups), source.elem_type(name))
    grouped = source.op("Reshape", name, source.integers([0, groups, -1]))
    epsilon = source.attribute("epsilon", 1e-5)
    normal = source.op("InstanceNormalization", grouped, ones, zeros, epsilon=epsilon)
    restored = source.op("Reshape", normal, source.op("Shape", name))
    trailing = source.integers(range(1, len(shape) - 1))
    scale, bias = (source.op("Unsqueeze", value, trailing) for value in (scale, bias))
    source.finish("Add", source.op("Mul", restored, scale), bias)
