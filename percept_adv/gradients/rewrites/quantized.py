"""Integer operators of quantised models, as real operators between conversions.

A runtime fuses them again; the gradient then goes straight through the conversions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import TensorProto, helper

from percept_adv.gradients.registry import MICROSOFT
from percept_adv.gradients.rewrites.writer import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.gradients.rewrites.writer import Source


def dequantize(source: Source, position: int, axis: int = 0) -> str:
    """Return the real form of an operand: value, scale and zero point from ``position`` on."""
    value, scale, zero_point = (source.input(position + offset) for offset in range(3))
    inputs = [value, scale] + ([zero_point] if zero_point else [])
    return source.op("DequantizeLinear", *inputs, axis=axis)


def finish_quantized(source: Source, result: str, position: int) -> None:
    """Convert a result with the scale and zero point that stand at ``position``."""
    scale, zero_point = source.input(position), source.input(position + 1)
    if not scale:
        source.finish("Identity", result)
        return
    source.finish("QuantizeLinear", result, scale, *([zero_point] if zero_point else []))


def dequantized_bias(source: Source, bias: str, first_scale: str, second_scale: str) -> str:
    """Return the real form of a 32-bit bias, whose scale is the product of two."""
    scale = source.op("Mul", first_scale, second_scale)
    if source.rank(scale) == 1:
        scale_shape = source.writer.facts[scale].shape
        if scale_shape == (1,):
            scale = source.op("Squeeze", scale)
    return source.op("DequantizeLinear", bias, scale, axis=0)


@rewrite("QLinearConv")
@rewrite("QLinearConv", domain=MICROSOFT)
def q_linear_conv(source: Source) -> None:
    """Conv; weights may have a scale for each output channel, and channels may come last."""
    operands = [dequantize(source, 0), dequantize(source, 3)]
    if source.input(8):
        bias = dequantized_bias(source, source.input(8), source.input(1), source.input(4))
        operands.append(bias)
    attributes = source.without("channels_last")
    if source.attribute("channels_last", 0):
        operands[0] = channels_first(source, operands[0])
        result = channels_last(source, source.op("Conv", *operands, **attributes))
    else:
        result = source.op("Conv", *operands, **attributes)
    finish_quantized(source, result, 6)


@rewrite("NhwcMaxPool", domain=MICROSOFT)
def nhwc_max_pool(source: Source) -> None:
    """MaxPool of 8-bit integers between transpositions."""
    first = channels_first(source, source.input(0))
    pooled = source.op("MaxPool", first, **source.attributes)
    spatial = range(2, source.rank(source.input(0)))
    source.finish("Transpose", pooled, perm=[0, *spatial, 1])


def channels_first(source: Source, name: str) -> str:
    """Return an image with its channels behind the batch."""
    last = source.rank(source.input(0)) - 1
    return source.op("Transpose", name, perm=[0, last, *range(1, last)])


def channels_last(source: Source, name: str) -> str:
    """Return an image with its channels at the end."""
    return source.op("Transpose", name, perm=[0, *range(2, source.rank(source.input(0))), 1])


@rewrite("QLinearMatMul")
def q_linear_mat_mul(source: Source) -> None:
    """MatMul; the second factor may have a scale for each column."""
    axis = max(source.rank(source.input(3)) - 1, 0)
    product = source.op("MatMul", dequantize(source, 0), dequantize(source, 3, axis))
    finish_quantized(source, product, 6)


@rewrite("QGemm", domain=MICROSOFT)
def q_gemm(source: Source) -> None:
    """Gemm; the output stays real where it has no scale; alpha is in the scale of the bias too."""
    transposed = source.attribute("transB", 0)
    operands = [dequantize(source, 0), dequantize(source, 3, 0 if transposed else 1)]
    if source.input(6):
        alpha = source.scalar(source.attribute("alpha", 1.0), source.input(1))
        scale = source.op("Mul", source.input(1), alpha)
        operands.append(dequantized_bias(source, source.input(6), scale, source.input(4)))
    finish_quantized(source, source.op("Gemm", *operands, **source.attributes), 7)


def _binary(op_type: str) -> Callable[[Source], None]:
    def rewritten(source: Source) -> None:
        result = source.op(op_type, dequantize(source, 0), dequantize(source, 3))
        finish_quantized(source, result, 6)

    return rewritten


rewrite("QLinearAdd", domain=MICROSOFT)(_binary("Add"))
rewrite("QLinearMul", domain=MICROSOFT)(_binary("Mul"))


def _unary(op_type: str) -> Callable[[Source], None]:
    def rewritten(source: Source) -> None:
        result = source.op(op_type, dequantize(source, 0), **source.attributes)
        finish_quantized(source, result, 3)

    return rewritten


rewrite("QLinearSigmoid", domain=MICROSOFT)(_unary("Sigmoid"))
rewrite("QLinearLeakyRelu", domain=MICROSOFT)(_unary("LeakyRelu"))


@rewrite("QLinearSoftmax", domain=MICROSOFT)
def q_linear_softmax(source: Source) -> None:
    """Softmax over one axis."""
    axis = source.attribute("axis", -1)
    if source.attribute("opset", 13) < 13 and axis not in {-1, source.rank(source.input(0)) - 1}:
        raise source.unsupported("it flattens the axes behind the chosen one; quantise at opset 13")
    finish_quantized(source, source.op("Softmax", dequantize(source, 0), axis=axis), 3)


@rewrite("QLinearGlobalAveragePool", domain=MICROSOFT)
def q_linear_global_average_pool(source: Source) -> None:
    """GlobalAveragePool, over the middle axes if channels come last."""
    real = dequantize(source, 0)
    if source.attribute("channels_last", 0):
        axes = source.integers(range(1, source.rank(source.input(0)) - 1))
        result = source.op("ReduceMean", real, axes, keepdims=1)
    else:
        result = source.op("GlobalAveragePool", real)
    finish_quantized(source, result, 3)


@rewrite("QLinearAveragePool", domain=MICROSOFT)
def q_linear_average_pool(source: Source) -> None:
    """AveragePool, between transpositions if channels come last."""
    real, attributes = dequantize(source, 0), source.without("channels_last")
    if source.attribute("channels_last", 0):
        pooled = source.op("AveragePool", channels_first(source, real), **attributes)
        result = channels_last(source, pooled)
    else:
        result = source.op("AveragePool", real, **attributes)
    finish_quantized(source, result, 3)


@rewrite("QLinearConcat", domain=MICROSOFT)
def q_linear_concat(source: Source) -> None:
    """Concat of operands with a scale each."""
    positions = range(2, len(source.node.input), 3)
    parts = [dequantize(source, position) for position in positions]
    finish_quantized(source, source.op("Concat", *parts, axis=source.attribute("axis")), 0)


@rewrite("MatMulIntegerToFloat", domain=MICROSOFT)
def mat_mul_integer_to_float(source: Source) -> None:
    """MatMul of two quantised operands, a bias added."""
    a, b, a_scale, b_scale, a_zero, b_zero, bias = (source.input(i) for i in range(7))
    product = source.op("MatMulInteger", a, b, *_trimmed([a_zero, b_zero]))
    scale = source.op("Mul", a_scale, b_scale)
    _finish_scaled(source, product, scale, bias)


@rewrite("DynamicQuantizeMatMul", domain=MICROSOFT)
def dynamic_quantize_mat_mul(source: Source) -> None:
    """MatMul whose first operand is quantised on the fly, a bias added."""
    a, b, b_scale, b_zero, bias = (source.input(i) for i in range(5))
    names = [source.writer.fresh("DynamicQuantizeLinear") for _ in range(3)]
    source.writer.add(helper.make_node("DynamicQuantizeLinear", [a], names, names[0]))
    product = source.op("MatMulInteger", names[0], b, *_trimmed([names[2], b_zero]))
    _finish_scaled(source, product, source.op("Mul", names[1], b_scale), bias)


def _finish_scaled(source: Source, product: str, scale: str, bias: str) -> None:
    real = source.op("Cast", product, to=TensorProto.FLOAT)
    if bias:
        source.finish("Add", source.op("Mul", real, scale), bias)
    else:
        source.finish("Mul", real, scale)


def _trimmed(names: list[str]) -> list[str]:
    """Drop names at the end that are left out."""
    while names and not names[-1]:
        names.pop()
    return names
