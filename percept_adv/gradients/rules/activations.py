"""Activation functions of one operand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.registry import Gradients, rule, unary_rule
from percept_adv.gradients.rules.masks import complement, mask_above, mask_between

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site

_SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}


def blend(site: Site, mask: str, inside: str, outside: str) -> str:
    """Return ``inside`` where the mask is 1 and ``outside`` where it is 0; both finite."""
    difference = site.op("Sub", inside, outside)
    return site.op("Add", outside, site.op("Mul", mask, difference))


def exponential_of_negative_part(site: Site, scale: float) -> str:
    """Return exp(min(x, 0) / scale), which cannot overflow."""
    negative = site.op("Min", site.input(0), site.constant(0.0))
    return site.op("Exp", site.op("Mul", negative, site.constant(1.0 / scale)))


@unary_rule("Relu")
def relu(site: Site) -> str:
    """1 where the output is positive; 0 at 0."""
    return site.op("Mul", site.gradient, mask_above(site, site.output(), 0.0))


@unary_rule("LeakyRelu")
def leaky_relu(site: Site) -> str:
    """1 where x is positive, else alpha; alpha at 0."""
    alpha = site.attribute("alpha", 0.01)
    # The output has the sign of x, and using it lets a runtime fuse the node forward.
    source = site.output() if alpha > 0 else site.input(0)
    mask = mask_above(site, source, 0.0)
    slope = site.op("Mul", mask, site.constant(1.0 - alpha))
    return site.op("Mul", site.gradient, site.op("Add", slope, site.constant(alpha)))


@rule("PRelu", broadcasts=True)
def p_relu(site: Site) -> Gradients:
    """1 where x is positive, else the slope; the slope at 0."""
    mask = mask_above(site, site.input(0), 0.0)
    gradients = {}
    if 0 in site.wanted:
        factor = blend(site, mask, site.constant(1.0), site.input(1))
        gradients[0] = site.op("Mul", site.gradient, factor)
    if 1 in site.wanted:
        negative = site.op("Min", site.input(0), site.constant(0.0))
        gradients[1] = site.op("Mul", site.gradient, negative)
    return gradients


@unary_rule("Elu")
def elu(site: Site) -> str:
    """1 where x is positive, else alpha exp(x); alpha at 0."""
    alpha = site.attribute("alpha", 1.0)
    mask = mask_above(site, site.input(0), 0.0)
    below = site.op("Mul", exponential_of_negative_part(site, 1.0), site.constant(alpha))
    return site.op("Mul", site.gradient, blend(site, mask, site.constant(1.0), below))


@unary_rule("Selu")
def selu(site: Site) -> str:
    """Gamma where x is positive, else gamma alpha exp(x); gamma alpha at 0."""
    alpha, gamma = (site.attribute(name, _SELU[name]) for name in ("alpha", "gamma"))
    mask = mask_above(site, site.input(0), 0.0)
    below = site.op("Mul", exponential_of_negative_part(site, 1.0), site.constant(alpha * gamma))
    return site.op("Mul", site.gradient, blend(site, mask, site.constant(gamma), below))


@unary_rule("Celu")
def celu(site: Site) -> str:
    """1 where x is positive, else exp(x / alpha); 1 at 0."""
    mask = mask_above(site, site.input(0), 0.0)
    below = exponential_of_negative_part(site, site.attribute("alpha", 1.0))
    return site.op("Mul", site.gradient, blend(site, mask, site.constant(1.0), below))


@unary_rule("ThresholdedRelu")
def thresholded_relu(site: Site) -> str:
    """1 where x lies above alpha; 0 at alpha."""
    mask = mask_above(site, site.input(0), site.attribute("alpha", 1.0))
    return site.op("Mul", site.gradient, mask)


@unary_rule("Sigmoid")
def sigmoid(site: Site) -> str:
    """Multiply by y (1 - y)."""
    slope = site.op("Mul", site.output(), complement(site, site.output()))
    return site.op("Mul", site.gradient, slope)


@unary_rule("HardSigmoid")
def hard_sigmoid(site: Site) -> str:
    """Alpha where 0 < y < 1; 0 at both ends."""
    y = site.output()
    above = site.op("Greater", y, site.constant(0.0))
    inside = site.op("And", above, site.op("Less", y, site.constant(1.0)))
    slope = site.op("Mul", site.cast_mask(inside), site.constant(site.attribute("alpha", 0.2)))
    return site.op("Mul", site.gradient, slope)


@unary_rule("HardSwish")
def hard_swish(site: Site) -> str:
    """h(x) + x / 6 inside (-3, 3), where h is the hard sigmoid; 0 at -3 and 1 at 3."""
    x = site.input(0)
    gate = site.op("HardSigmoid", x, alpha=1.0 / 6.0, beta=0.5)
    inside = site.cast_mask(site.op("Less", site.op("Abs", x), site.constant(3.0)))
    slope = site.op("Mul", site.op("Mul", x, site.constant(1.0 / 6.0)), inside)
    return site.op("Mul", site.gradient, site.op("Add", gate, slope))


@unary_rule("Swish")
def swish(site: Site) -> str:
    """S + alpha y (1 - s), where s = sigmoid(alpha x)."""
    alpha = site.constant(site.attribute("alpha", 1.0))
    gate = site.op("Sigmoid", site.op("Mul", site.input(0), alpha))
    rest = site.op("Sub", site.constant(1.0), gate)
    slope = site.op("Mul", site.op("Mul", site.output(), alpha), rest)
    return site.op("Mul", site.gradient, site.op("Add", gate, slope))


@unary_rule("Tanh")
def tanh(site: Site) -> str:
    """1 - y^2."""
    square = site.op("Mul", site.output(), site.output())
    return site.op("Mul", site.gradient, site.op("Sub", site.constant(1.0), square))


@unary_rule("Softplus")
def softplus(site: Site) -> str:
    """sigmoid(x)."""
    return site.op("Mul", site.gradient, site.op("Sigmoid", site.input(0)))


@unary_rule("Softsign")
def softsign(site: Site) -> str:
    """1 / (1 + |x|)^2."""
    base = site.op("Add", site.op("Abs", site.input(0)), site.constant(1.0))
    return site.op("Div", site.gradient, site.op("Mul", base, base))


@unary_rule("Mish")
def mish(site: Site) -> str:
    """T + x sigmoid(x) (1 - t^2), where t = tanh(softplus(x))."""
    x = site.input(0)
    t = site.op("Tanh", site.op("Softplus", x))
    rest = site.op("Sub", site.constant(1.0), site.op("Mul", t, t))
    slope = site.op("Mul", site.op("Mul", x, site.op("Sigmoid", x)), rest)
    return site.op("Mul", site.gradient, site.op("Add", t, slope))


@unary_rule("Gelu")
def gelu(site: Site) -> str:
    """Phi(x) + x phi(x), the normal distribution and its density; or the tanh form's own."""
    if site.attribute("approximate", "none") == "tanh":
        return _gelu_tanh(site)
    return gelu_gradient(site, site.input(0))


def gelu_gradient(site: Site, x: str) -> str:
    """Return g (Phi(x) + x phi(x)) in few passes.

    With u = x / sqrt(2): Phi = (1 + erf u) / 2, which HardSigmoid gives in one pass, and
    x phi = u / exp(u^2) / sqrt(pi), where the quotient spares a change of sign.
    """
    u = site.op("Mul", x, site.constant(math.sqrt(0.5)))
    below = site.op("HardSigmoid", site.op("Erf", u), alpha=0.5, beta=0.5)
    bell = site.op("Div", u, site.op("Exp", site.op("Mul", u, u)))
    factor = site.op("Add", below, site.op("Mul", bell, site.constant(1 / math.sqrt(math.pi))))
    return site.op("Mul", site.gradient, factor)


def _gelu_tanh(site: Site) -> str:
    """Differentiate x (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3)."""
    x = site.input(0)
    root, cubic = math.sqrt(2 / math.pi), 0.044715
    square = site.op("Mul", x, x)
    inner = site.op("Add", site.op("Mul", square, site.constant(root * cubic)), site.constant(root))
    t = site.op("Tanh", site.op("Mul", x, inner))
    slope = site.op(
        "Add", site.op("Mul", square, site.constant(3 * root * cubic)), site.constant(root)
    )
    rest = site.op("Sub", site.constant(1.0), site.op("Mul", t, t))
    curved = site.op("Mul", site.op("Mul", x, slope), rest)
    total = site.op("Add", site.op("Add", t, site.constant(1.0)), curved)
    return site.op("Mul", site.gradient, site.op("Mul", total, site.constant(0.5)))


@unary_rule("Clip")
def clip(site: Site) -> str:
    """1 between the bounds and at them, as torch.clamp; Clip to [0, 6] as ReLU6: 0 at both."""
    low, high = site.input(1), site.input(2)
    if low and high and site.value(low) == 0 and site.value(high) == 6:
        return site.op("Mul", site.gradient, mask_between(site, site.output(), 6.0))
    conditions = []
    if low:
        conditions.append(site.op("GreaterOrEqual", site.input(0), low))
    if high:
        conditions.append(site.op("LessOrEqual", site.input(0), high))
    if len(conditions) == 2:
        conditions = [site.op("And", *conditions)]
    gradient = site.gradient
    for condition in conditions:
        gradient = site.op("Mul", gradient, site.cast_mask(condition))
    return gradient


@unary_rule("Dropout")
def dropout(site: Site) -> str:
    """1, as at inference."""
    training = site.input(2)
    if training and (site.value(training) is None or bool(site.required_value(training))):
        raise site.unsupported("it is in training mode; export the model for inference")
    return site.gradient


@unary_rule("Softmax")
def softmax(site: Site) -> str:
    """Subtract y sum(g y) from g y."""
    return softmax_gradient(site, site.gradient, site.output(), site.attribute("axis", -1))


def softmax_gradient(site: Site, gradient: str, y: str, axis: int) -> str:
    """Return g y - y sum(g y) for a softmax's output y."""
    weighted = site.op("Mul", gradient, y)
    total = site.op("ReduceSum", weighted, site.emit.integers([axis]), keepdims=1)
    return site.op("Sub", weighted, site.op("Mul", y, total))


@unary_rule("LogSoftmax")
def log_softmax(site: Site) -> str:
    """Subtract exp(y) sum(g) from g."""
    axis = site.emit.integers([site.attribute("axis", -1)])
    total = site.op("ReduceSum", site.gradient, axis, keepdims=1)
    return site.op("Sub", site.gradient, site.op("Mul", site.op("Exp", site.output()), total))
