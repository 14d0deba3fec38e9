"""Activation functions of one operand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.registry import Gradients, rule, unary_rule
from percept_adv.gradients.rules.masks import complement, mask_above, mask_between

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext

_SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}


def blend(context: NodeContext, mask: str, inside: str, outside: str) -> str:
    """Return ``inside`` where the mask is 1 and ``outside`` where it is 0; both finite."""
    difference = context.op("Sub", inside, outside)
    return context.op("Add", outside, context.op("Mul", mask, difference))


def exponential_of_negative_part(context: NodeContext, scale: float) -> str:
    """Return exp(min(x, 0) / scale), which cannot overflow."""
    negative = context.op("Min", context.input(0), context.constant(0.0))
    return context.op("Exp", context.op("Mul", negative, context.constant(1.0 / scale)))


@unary_rule("Relu")
def relu(context: NodeContext) -> str:
    """1 where the output is positive; 0 at 0."""
    return context.op("Mul", context.gradient, mask_above(context, context.output(), 0.0))


@unary_rule("LeakyRelu")
def leaky_relu(context: NodeContext) -> str:
    """1 where x is positive, else alpha; alpha at 0."""
    alpha = context.attribute("alpha", 0.01)
    # The output has the sign of x, and using it lets a runtime fuse the node forward.
    source = context.output() if alpha > 0 else context.input(0)
    mask = mask_above(context, source, 0.0)
    slope = context.op("Mul", mask, context.constant(1.0 - alpha))
    return context.op("Mul", context.gradient, context.op("Add", slope, context.constant(alpha)))


@rule("PRelu", broadcasts=True)
def p_relu(context: NodeContext) -> Gradients:
    """1 where x is positive, else the slope; the slope at 0."""
    mask = mask_above(context, context.input(0), 0.0)
    gradients = {}
    if 0 in context.wanted:
        factor = blend(context, mask, context.constant(1.0), context.input(1))
        gradients[0] = context.op("Mul", context.gradient, factor)
    if 1 in context.wanted:
        negative = context.op("Min", context.input(0), context.constant(0.0))
        gradients[1] = context.op("Mul", context.gradient, negative)
    return gradients


@unary_rule("Elu")
def elu(context: NodeContext) -> str:
    """1 where x is positive, else alpha exp(x); alpha at 0."""
    alpha = context.attribute("alpha", 1.0)
    mask = mask_above(context, context.input(0), 0.0)
    below = context.op("Mul", exponential_of_negative_part(context, 1.0), context.constant(alpha))
    return context.op("Mul", context.gradient, blend(context, mask, context.constant(1.0), below))


@unary_rule("Selu")
def selu(context: NodeContext) -> str:
    """Multiply by gamma where x is positive, else by gamma alpha exp(x); gamma alpha at 0."""
    alpha, gamma = (context.attribute(name, _SELU[name]) for name in ("alpha", "gamma"))
    mask = mask_above(context, context.input(0), 0.0)
    below = context.op(
        "Mul", exponential_of_negative_part(context, 1.0), context.constant(alpha * gamma)
    )
    return context.op("Mul", context.gradient, blend(context, mask, context.constant(gamma), below))


@unary_rule("Celu")
def celu(context: NodeContext) -> str:
    """1 where x is positive, else exp(x / alpha); 1 at 0."""
    mask = mask_above(context, context.input(0), 0.0)
    below = exponential_of_negative_part(context, context.attribute("alpha", 1.0))
    return context.op("Mul", context.gradient, blend(context, mask, context.constant(1.0), below))


@unary_rule("ThresholdedRelu")
def thresholded_relu(context: NodeContext) -> str:
    """1 where x lies above alpha; 0 at alpha."""
    mask = mask_above(context, context.input(0), context.attribute("alpha", 1.0))
    return context.op("Mul", context.gradient, mask)


@unary_rule("Sigmoid")
def sigmoid(context: NodeContext) -> str:
    """Multiply by y (1 - y)."""
    slope = context.op("Mul", context.output(), complement(context, context.output()))
    return context.op("Mul", context.gradient, slope)


@unary_rule("HardSigmoid")
def hard_sigmoid(context: NodeContext) -> str:
    """Multiply by alpha where 0 < y < 1; 0 at both ends."""
    y = context.output()
    above = context.op("Greater", y, context.constant(0.0))
    inside = context.op("And", above, context.op("Less", y, context.constant(1.0)))
    slope = context.op(
        "Mul", context.cast_mask(inside), context.constant(context.attribute("alpha", 0.2))
    )
    return context.op("Mul", context.gradient, slope)


@unary_rule("HardSwish")
def hard_swish(context: NodeContext) -> str:
    """h(x) + x / 6 inside (-3, 3), where h is the hard sigmoid; 0 at -3 and 1 at 3."""
    x = context.input(0)
    gate = context.op("HardSigmoid", x, alpha=1.0 / 6.0, beta=0.5)
    inside = context.cast_mask(context.op("Less", context.op("Abs", x), context.constant(3.0)))
    slope = context.op("Mul", context.op("Mul", x, context.constant(1.0 / 6.0)), inside)
    return context.op("Mul", context.gradient, context.op("Add", gate, slope))


@unary_rule("Swish")
def swish(context: NodeContext) -> str:
    """Multiply by s + alpha y (1 - s), where s = sigmoid(alpha x)."""
    alpha = context.constant(context.attribute("alpha", 1.0))
    gate = context.op("Sigmoid", context.op("Mul", context.input(0), alpha))
    rest = context.op("Sub", context.constant(1.0), gate)
    slope = context.op("Mul", context.op("Mul", context.output(), alpha), rest)
    return context.op("Mul", context.gradient, context.op("Add", gate, slope))


@unary_rule("Tanh")
def tanh(context: NodeContext) -> str:
    """1 - y^2."""
    square = context.op("Mul", context.output(), context.output())
    return context.op("Mul", context.gradient, context.op("Sub", context.constant(1.0), square))


@unary_rule("Softplus")
def softplus(context: NodeContext) -> str:
    """sigmoid(x)."""
    return context.op("Mul", context.gradient, context.op("Sigmoid", context.input(0)))


@unary_rule("Softsign")
def softsign(context: NodeContext) -> str:
    """1 / (1 + |x|)^2."""
    base = context.op("Add", context.op("Abs", context.input(0)), context.constant(1.0))
    return context.op("Div", context.gradient, context.op("Mul", base, base))


@unary_rule("Mish")
def mish(context: NodeContext) -> str:
    """Multiply by t + x sigmoid(x) (1 - t^2), where t = tanh(softplus(x))."""
    x = context.input(0)
    t = context.op("Tanh", context.op("Softplus", x))
    rest = context.op("Sub", context.constant(1.0), context.op("Mul", t, t))
    slope = context.op("Mul", context.op("Mul", x, context.op("Sigmoid", x)), rest)
    return context.op("Mul", context.gradient, context.op("Add", t, slope))


@unary_rule("Gelu")
def gelu(context: NodeContext) -> str:
    """Phi(x) + x phi(x), the normal distribution and its density; or the tanh form's own."""
    if context.attribute("approximate", "none") == "tanh":
        return _gelu_tanh(context)
    return gelu_gradient(context, context.input(0))


def gelu_gradient(context: NodeContext, x: str) -> str:
    """Return g (Phi(x) + x phi(x)) in few passes.

    With u = x / sqrt(2): Phi = (1 + erf u) / 2, which HardSigmoid gives in one pass, and
    x phi = u / exp(u^2) / sqrt(pi), where the quotient spares a change of sign.
    """
    u = context.op("Mul", x, context.constant(math.sqrt(0.5)))
    below = context.op("HardSigmoid", context.op("Erf", u), alpha=0.5, beta=0.5)
    bell = context.op("Div", u, context.op("Exp", context.op("Mul", u, u)))
    factor = context.op(
        "Add", below, context.op("Mul", bell, context.constant(1 / math.sqrt(math.pi)))
    )
    return context.op("Mul", context.gradient, factor)


def _gelu_tanh(context: NodeContext) -> str:
    """Differentiate x (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3)."""
    x = context.input(0)
    root, cubic = math.sqrt(2 / math.pi), 0.044715
    square = context.op("Mul", x, x)
    inner = context.op(
        "Add", context.op("Mul", square, context.constant(root * cubic)), context.constant(root)
    )
    t = context.op("Tanh", context.op("Mul", x, inner))
    slope = context.op(
        "Add", context.op("Mul", square, context.constant(3 * root * cubic)), context.constant(root)
    )
    rest = context.op("Sub", context.constant(1.0), context.op("Mul", t, t))
    curved = context.op("Mul", context.op("Mul", x, slope), rest)
    total = context.op("Add", context.op("Add", t, context.constant(1.0)), curved)
    return context.op("Mul", context.gradient, context.op("Mul", total, context.constant(0.5)))


@unary_rule("Clip")
def clip(context: NodeContext) -> str:
    """1 between the bounds and at them, as torch.clamp; Clip to [0, 6] as ReLU6: 0 at both."""
    low, high = context.input(1), context.input(2)
    if low and high and context.value(low) == 0 and context.value(high) == 6:
        return context.op("Mul", context.gradient, mask_between(context, context.output(), 6.0))
    conditions = []
    if low:
        conditions.append(context.op("GreaterOrEqual", context.input(0), low))
    if high:
        conditions.append(context.op("LessOrEqual", context.input(0), high))
    if len(conditions) == 2:
        conditions = [context.op("And", *conditions)]
    gradient = context.gradient
    for condition in conditions:
        gradient = context.op("Mul", gradient, context.cast_mask(condition))
    return gradient


@unary_rule("Dropout")
def dropout(context: NodeContext) -> str:
    """1, as at inference."""
    training = context.input(2)
    if training and (context.value(training) is None or bool(context.required_value(training))):
        raise context.unsupported("it is in training mode; export the model for inference")
    return context.gradient


@unary_rule("Softmax")
def softmax(context: NodeContext) -> str:
    """Subtract y sum(g y) from g y."""
    return softmax_gradient(
        context, context.gradient, context.output(), context.attribute("axis", -1)
    )


def softmax_gradient(context: NodeContext, gradient: str, y: str, axis: int) -> str:
    """Return g y - y sum(g y) for a softmax's output y."""
    weighted = context.op("Mul", gradient, y)
    total = context.op("ReduceSum", weighted, context.emit.integers([axis]), keepdims=1)
    return context.op("Sub", weighted, context.op("Mul", y, total))


@unary_rule("LogSoftmax")
def log_softmax(context: NodeContext) -> str:
    """Subtract exp(y) sum(g) from g."""
    axis = context.emit.integers([context.attribute("axis", -1)])
    total = context.op("ReduceSum", context.gradient, axis, keepdims=1)
    return context.op(
        "Sub", context.gradient, context.op("Mul", context.op("Exp", context.output()), total)
    )
