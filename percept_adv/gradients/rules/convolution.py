"""Convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.registry import Gradients, rule
from percept_adv.gradients.rules.adjoint import Kernel, fit_to_input, transposed_convolution
from percept_adv.gradients.rules.windows import transposed_windows_of, windows_of

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


@rule("Conv")
def conv(site: Site) -> Gradients:
    """Convolve transposed; the gradient of the weights is not built."""
    return {0: transposed_convolution(site, site.gradient, kernel_of(site, site.input(1)))}


@rule("ConvInteger", carries_integers=True)
def conv_integer(site: Site) -> Gradients:
    """As Conv of the integers less their zero points, taken for real numbers."""
    weights = site.real(site.input(1))
    zero_point = site.input(3)
    if zero_point:
        offset = site.real(zero_point)
        if site.rank(zero_point) == 1:
            trailing = range(1, site.rank(site.input(1)))
            offset = site.op("Unsqueeze", offset, site.emit.integers(trailing))
        weights = site.op("Sub", weights, offset)
    return {0: transposed_convolution(site, site.gradient, kernel_of(site, weights))}


def kernel_of(site: Site, weights: str) -> Kernel:
    """Return the weights of a convolution node, whose input 1 has their shape."""
    if 1 in site.wanted:
        raise site.unsupported("its weights depend on the image")
    shape = site.fixed_dims(site.input(1))
    windows = windows_of(site, shape[2:])
    return Kernel(weights, shape, site.attribute("group", 1), windows)


@rule("ConvTranspose")
def conv_transpose(site: Site) -> Gradients:
    """Convolve with the same weights; the gradient of the weights is not built."""
    if 1 in site.wanted:
        raise site.unsupported("its weights depend on the image")
    windows = transposed_windows_of(site, site.fixed_dims(site.input(1))[2:])
    gradient = site.op(
        "Conv",
        site.gradient,
        site.input(1),
        strides=windows.strides,
        dilations=windows.dilations,
        pads=windows.pads,
        group=site.attribute("group", 1),
    )
    if any(site.attribute("output_padding", [])) or site.attribute("output_shape") is not None:
        # Rows of the output that no input reached may be enough for another window.
        gradient = fit_to_input(site, gradient, (0,) * len(windows.kernel))
    return {0: gradient}
