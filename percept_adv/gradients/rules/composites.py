"""Functions that exporters write as several nodes, differentiated as one.

The gradient goes from the last node straight to what the activation is of. That takes
fewer passes, and as nothing else then needs the nodes between, a runtime may fuse them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.node_context import NodeContext
from percept_adv.gradients.rules.activations import gelu_gradient, softmax_gradient
from percept_adv.gradients.rules.arithmetic import where
from percept_adv.gradients.rules.masks import affine, complement, is_image, mask_above
from percept_adv.gradients.rules.normalization import batch_normalization

if TYPE_CHECKING:
    from onnx import NodeProto


def composite_gradient(context: NodeContext) -> tuple[str, str] | None:
    """Return the tensor that a function ending at this node is of, and its gradient.

    None if no known function ends here.
    """
    if context.node.op_type == "Relu":
        return _normalised_relu(context)
    if context.node.op_type == "Where":
        return _guarded_softmax(context)
    if context.node.op_type != "Mul" or context.node.domain:
        return None
    factors = _factors(context, context.node)
    gated = _swish_operand(context)
    if gated is not None:
        return gated, _swish_gradient(context, gated)
    operand = _gelu_operand(context, factors)
    return None if operand is None else (operand, gelu_gradient(context, operand))


def _normalised_relu(context: NodeContext) -> tuple[str, str] | None:
    """Go through a normalisation by stored numbers first, which a runtime folds into weights."""
    before = _producer(context, context.input(0), "BatchNormalization")
    if before is None:
        return None
    normalisation = NodeContext(
        before, context.emit, context.facts, [context.gradient], frozenset({0}), context.producers
    )
    scaled = batch_normalization(normalisation)
    masked = context.op("Mul", scaled, mask_above(context, context.output(), 0.0))
    return str(before.input[0]), masked


def _guarded_softmax(context: NodeContext) -> tuple[str, str] | None:
    """Give rows that a softmax has nothing to choose from in, all NaN, the gradient 0.

    As in attention whose mask leaves a query nothing, where a Where puts other numbers in
    place of the NaN. The product of a gradient of 0 with them would be NaN again.
    """
    name = context.input(2)
    conversion = _producer(context, name, "Cast")
    if conversion is not None:
        name = str(conversion.input[0])
    before = _producer(context, name, "Softmax")
    if before is None or context.wanted != {2}:
        return None
    (gradient,) = where(context).values()
    if context.elem_type(name) != context.elem_type(context.output()):
        gradient = context.emit.cast(gradient, context.elem_type(name))
    inner = NodeContext(
        before, context.emit, context.facts, [gradient], frozenset({0}), context.producers
    )
    chances = context.op("Where", context.op("IsNaN", name), inner.constant(0.0), name)
    axis = inner.attribute("axis", -1)
    return inner.input(0), softmax_gradient(inner, gradient, chances, axis)


def _producer(context: NodeContext, name: str, op_type: str) -> NodeProto | None:
    """Return the node on the way from the image that gives a tensor, if of that operator."""
    node = context.producers.get(name)
    return node if node is not None and node.op_type == op_type else None


def _swish_operand(context: NodeContext) -> str | None:
    """Return x if the node is x sigmoid(x)."""
    first, second = context.node.input
    for name, other in ((first, second), (second, first)):
        gate = _producer(context, other, "Sigmoid")
        if gate is not None and gate.input[0] == name:
            return str(name)
    return None


def _swish_gradient(context: NodeContext, operand: str) -> str:
    """Return g s (1 + x - y) or g (s + y (1 - s)), the same; s the sigmoid of the operand x."""
    gate = next(name for name in context.node.input if name != operand)
    if is_image(context, operand):
        rest = context.op("Add", affine(context, context.output(), -1.0, 1.0), operand)
        return context.op("Mul", context.gradient, context.op("Mul", rest, gate))
    rest = context.op("Mul", context.output(), complement(context, gate))
    return context.op("Mul", context.gradient, context.op("Add", gate, rest))


def _factors(context: NodeContext, node: NodeProto) -> list[str]:
    """Return the factors of a product, those of one product inside it taken apart."""
    for position, name in enumerate(node.input):
        inner = _producer(context, name, "Mul")
        if inner is not None:
            return [*inner.input, node.input[1 - position]]
    return list(node.input)


def _is_constant(context: NodeContext, name: str, value: float) -> bool:
    found = context.value(name)
    return found is not None and found.size == 1 and math.isclose(found.item(), value, rel_tol=1e-3)


def _gelu_operand(context: NodeContext, factors: list[str]) -> str | None:
    """Return x if the factors are x, 1/2 and 1 + erf(x / sqrt(2))."""
    rest = [name for name in factors if not _is_constant(context, name, 0.5)]
    if len(factors) != 3 or len(rest) != 2:
        return None
    for operand, other in (rest, reversed(rest)):
        total = _producer(context, other, "Add")
        if total is None:
            continue
        errors = [
            error
            for index, name in enumerate(total.input)
            if (error := _producer(context, name, "Erf")) is not None
            and _is_constant(context, total.input[1 - index], 1.0)
        ]
        if errors and _is_scaled(context, errors[0].input[0], operand):
            return operand
    return None


def _is_scaled(context: NodeContext, name: str, operand: str) -> bool:
    """Whether a tensor is the operand over the root of 2."""
    quotient = _producer(context, name, "Div")
    if quotient is not None:
        return quotient.input[0] == operand and _is_constant(
            context, quotient.input[1], math.sqrt(2.0)
        )
    product = _producer(context, name, "Mul")
    return (
        product is not None
        and operand in product.input
        and any(_is_constant(context, factor, math.sqrt(0.5)) for factor in product.input)
    )
