"""Convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.registry import Gradients, rule
from percept_adv.gradients.rules.adjoint import Kernel, fit_to_input, transposed_convolution
from percept_adv.gradients.rules.windows import transposed_windows_of, windows_of

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


@rule("Conv")
def conv(context: NodeContext) -> Gradients:
    """Convolve transposed; the gradient of the weights is not built."""
    return {
        0: transposed_convolution(context, context.gradient, kernel_of(context, context.input(1)))
    }


@rule("ConvInteger", carries_integers=True)
def conv_integer(context: NodeContext) -> Gradients:
    """As Conv of the integers less their zero points, taken for real numbers."""
    weights = context.real(context.input(1))
    zero_point = context.input(3)
    if zero_point:
        offset = context.real(zero_point)
        if context.rank(zero_point) == 1:
            trailing = range(1, context.rank(context.input(1)))
            offset = context.op("Unsqueeze", offset, context.emit.integers(trailing))
        weights = context.op("Sub", weights, offset)
    return {0: transposed_convolution(context, context.gradient, kernel_of(context, weights))}


def kernel_of(context: NodeContext, weights: str) -> Kernel:
    """Return the weights of a convolution node, whose input 1 has their shape."""
    if 1 in context.wanted:
        raise context.unsupported("its weights depend on the image")
    shape = context.fixed_dims(context.input(1))
    windows = windows_of(context, shape[2:])
    return Kernel(weights, shape, context.attribute("group", 1), windows)


@rule("ConvTranspose")
def conv_transpose(context: NodeContext) -> Gradients:
    """Convolve with the same weights; the gradient of the weights is not built."""
    if 1 in context.wanted:
        raise context.unsupported("its weights depend on the image")
    windows = transposed_windows_of(context, context.fixed_dims(context.input(1))[2:])
    gradient = context.op(
        "Conv",
        context.gradient,
        context.input(1),
        strides=windows.strides,
        dilations=windows.dilations,
        pads=windows.pads,
        group=context.attribute("group", 1),
    )
    if (
        any(context.attribute("output_padding", []))
        or context.attribute("output_shape") is not None
    ):
        # Rows of the output that no input reached may be enough for another window.
        gradient = fit_to_input(
            context, gradient, len(windows.kernel), context.emit.integers([0] * len(windows.kernel))
        )
    return {0: gradient}
