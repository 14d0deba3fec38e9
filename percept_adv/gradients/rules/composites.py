"""Functions that exporters write as several nodes, differentiated as one.

The gradient goes from the last node straight to what the activation is of. That takes
fewer passes, and as nothing else then needs the nodes between, a runtime may fuse them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from percept_adv.gradients.node_context import Site
from percept_adv.gradients.rules.activations import gelu_gradient, softmax_gradient
from percept_adv.gradients.rules.arithmetic import where
from percept_adv.gradients.rules.masks import affine, complement, is_image, mask_above
from percept_adv.gradients.rules.normalization import batch_normalization

if TYPE_CHECKING:
    from onnx import NodeProto


def composite_gradient(site: Site) -> tuple[str, str] | None:
    """Return the tensor that a function ending at this node is of, and its gradient.

    None if no known function ends here.
    """
    if site.node.op_type == "Relu":
        return _normalised_relu(site)
    if site.node.op_type == "Where":
        return _guarded_softmax(site)
    if site.node.op_type != "Mul" or site.node.domain:
        return None
    factors = _factors(site, site.node)
    gated = _swish_operand(site)
    if gated is not None:
        return gated, _swish_gradient(site, gated)
    operand = _gelu_operand(site, factors)
    return None if operand is None else (operand, gelu_gradient(site, operand))


def _normalised_relu(site: Site) -> tuple[str, str] | None:
    """Go through a normalisation by stored numbers first, which a runtime folds into weights."""
    before = _producer(site, site.input(0), "BatchNormalization")
    if before is None:
        return None
    normalisation = Site(
        before, site.emit, site.facts, [site.gradient], frozenset({0}), site.producers
    )
    scaled = batch_normalization(normalisation)
    masked = site.op("Mul", scaled, mask_above(site, site.output(), 0.0))
    return str(before.input[0]), masked


def _guarded_softmax(site: Site) -> tuple[str, str] | None:
    """Give rows that a softmax has nothing to choose from in, all NaN, the gradient 0.

    As in attention whose mask leaves a query nothing, where a Where puts other numbers in
    place of the NaN. The product of a gradient of 0 with them would be NaN again.
    """
    name = site.input(2)
    conversion = _producer(site, name, "Cast")
    if conversion is not None:
        name = str(conversion.input[0])
    before = _producer(site, name, "Softmax")
    if before is None or site.wanted != {2}:
        return None
    (gradient,) = where(site).values()
    if site.elem_type(name) != site.elem_type(site.output()):
        gradient = site.emit.cast(gradient, site.elem_type(name))
    inner = Site(before, site.emit, site.facts, [gradient], frozenset({0}), site.producers)
    chances = site.op("Where", site.op("IsNaN", name), inner.constant(0.0), name)
    axis = inner.attribute("axis", -1)
    return inner.input(0), softmax_gradient(inner, gradient, chances, axis)


def _producer(site: Site, name: str, op_type: str) -> NodeProto | None:
    """Return the node on the way from the image that gives a tensor, if of that operator."""
    node = site.producers.get(name)
    return node if node is not None and node.op_type == op_type else None


def _swish_operand(site: Site) -> str | None:
    """Return x if the node is x sigmoid(x)."""
    first, second = site.node.input
    for name, other in ((first, second), (second, first)):
        gate = _producer(site, other, "Sigmoid")
        if gate is not None and gate.input[0] == name:
            return str(name)
    return None


def _swish_gradient(site: Site, operand: str) -> str:
    """Return g s (1 + x - y) or g (s + y (1 - s)), the same; s the sigmoid of the operand x."""
    gate = next(name for name in site.node.input if name != operand)
    if is_image(site, operand):
        rest = site.op("Add", affine(site, site.output(), -1.0, 1.0), operand)
        return site.op("Mul", site.gradient, site.op("Mul", rest, gate))
    rest = site.op("Mul", site.output(), complement(site, gate))
    return site.op("Mul", site.gradient, site.op("Add", gate, rest))


def _factors(site: Site, node: NodeProto) -> list[str]:
    """Return the factors of a product, those of one product inside it taken apart."""
    for position, name in enumerate(node.input):
        inner = _producer(site, name, "Mul")
        if inner is not None:
            return [*inner.input, node.input[1 - position]]
    return list(node.input)


def _is_constant(site: Site, name: str, value: float) -> bool:
    found = site.value(name)
    return found is not None and found.size == 1 and math.isclose(found.item(), value, rel_tol=1e-3)


def _gelu_operand(site: Site, factors: list[str]) -> str | None:
    """Return x if the factors are x, 1/2 and 1 + erf(x / sqrt(2))."""
    rest = [name for name in factors if not _is_constant(site, name, 0.5)]
    if len(factors) != 3 or len(rest) != 2:
        return None
    for operand, other in (rest, reversed(rest)):
        total = _producer(site, other, "Add")
        if total is None:
            continue
        errors = [
            error
            for index, name in enumerate(total.input)
            if (error := _producer(site, name, "Erf")) is not None
            and _is_constant(site, total.input[1 - index], 1.0)
        ]
        if errors and _is_scaled(site, errors[0].input[0], operand):
            return operand
    return None


def _is_scaled(site: Site, name: str, operand: str) -> bool:
    """Whether a tensor is the operand over the root of 2."""
    quotient = _producer(site, name, "Div")
    if quotient is not None:
        return quotient.input[0] == operand and _is_constant(
            site, quotient.input[1], math.sqrt(2.0)
        )
    product = _producer(site, name, "Mul")
    return (
        product is not None
        and operand in product.input
        and any(_is_constant(site, factor, math.sqrt(0.5)) for factor in product.input)
    )
