"""Functions that exporters write as several nodes, differentiated as one.

The gradient goes from the last node straight to what the activation is of. That takes
fewer passes, and as nothing else then needs the nodes between, a runtime may fuse them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.node_context import NodeContext
from percept_adv.gradients.patterns import GELU, SWISH, Matcher, Mismatch
from percept_adv.gradients.rules.activations import gelu_gradient, softmax_gradient
from percept_adv.gradients.rules.arithmetic import where
from percept_adv.gradients.rules.masks import affine, complement, is_image, mask_above
from percept_adv.gradients.rules.moving import concat
from percept_adv.gradients.rules.normalization import batch_normalization

if TYPE_CHECKING:
    from onnx import NodeProto


def composite_gradients(context: NodeContext) -> list[tuple[str, str]]:
    """Return the tensors that a function ending at this node is of, and their gradients.

    None of them if no known function ends here.
    """
    if context.node.op_type == "Concat":
        return _joined_relus(context)
    found = _composite_gradient(context)
    return [found] if found else []


def _composite_gradient(context: NodeContext) -> tuple[str, str] | None:
    if context.node.op_type == "Relu":
        return _normalised_relu(context)
    if context.node.op_type == "Where":
        return _guarded_softmax(context)
    if context.node.op_type != "Mul" or context.node.domain:
        return None
    matcher = Matcher(context.producers, context.facts)
    found = matcher.match(SWISH, context.output())
    if not isinstance(found, Mismatch):
        return found["x"], _swish_gradient(context, found["x"])
    found = matcher.match(GELU, context.output())
    return None if isinstance(found, Mismatch) else (found["x"], gelu_gradient(context, found["x"]))


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


def _joined_relus(context: NodeContext) -> list[tuple[str, str]]:
    """Mask the gradient of joined outputs of Relu once, before it is split again.

    A runtime splits outside its layout for convolutions, and would mask the parts there.
    """
    if len(context.node.input) < 2 or not _is_of_relus(context, context.node):
        return []
    masked = context.op("Mul", context.gradient, mask_above(context, context.output(), 0.0))
    return _parted(context, context.node, masked)


def _is_of_relus(context: NodeContext, node: NodeProto) -> bool:
    """Whether all that a Concat joins comes from Relu, through other ones or not."""
    for name in node.input:
        before = context.producers.get(name)
        if before is None or before.op_type not in {"Relu", "Concat"}:
            return False
        if before.op_type == "Concat" and not _is_of_relus(context, before):
            return False
        # Through a normalisation the gradient goes first, see `_normalised_relu`.
        if before.op_type == "Relu" and _producer(context, before.input[0], "BatchNormalization"):
            return False
    return True


def _parted(context: NodeContext, node: NodeProto, masked: str) -> list[tuple[str, str]]:
    """Split a masked gradient into those of what the outputs of Relu are of."""
    wanted = frozenset(range(len(node.input)))
    inner = NodeContext(node, context.emit, context.facts, [masked], wanted, context.producers)
    found = []
    for position, part in concat(inner).items():
        before = context.producers[node.input[position]]
        if before.op_type == "Concat":
            found.extend(_parted(context, before, part))
        else:
            found.append((str(before.input[0]), part))
    return found


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


def _swish_gradient(context: NodeContext, operand: str) -> str:
    """Return g s (1 + x - y) or g (s + y (1 - s)), the same; s the sigmoid of the operand x."""
    gate = next(name for name in context.node.input if name != operand)
    if is_image(context, operand):
        rest = context.op("Add", affine(context, context.output(), -1.0, 1.0), operand)
        return context.op("Mul", context.gradient, context.op("Mul", rest, gate))
    rest = context.op("Mul", context.output(), complement(context, gate))
    return context.op("Mul", context.gradient, context.op("Add", gate, rest))
