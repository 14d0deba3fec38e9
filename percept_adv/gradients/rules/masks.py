"""Masks and complements in forms that keep a runtime's layout and fusions.

onnxruntime's blocked layout of convolutions holds through a HardSigmoid, a sum, a product
and a normalisation of channels, but not through a comparison, a conversion, a difference
or a constant, around which it reorders whole activations. In single precision a steep
HardSigmoid is a comparison. A normalisation, the sum with its result and the HardSigmoid
of that are even one pass over memory, and memory is what such passes wait for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext

_BLOCK = 16
"""Channels in a block of onnxruntime's layout for convolutions, at most."""

_STEEP = 2.0**100
"""A slope that takes every number above 1e-30 to 1 or more."""

_STEEP_AT_BOUND = 2.0**40
"""A power of 2, so that slope times bound is exact and the sum at the bound exactly 0.

Steep enough for bounds from 1e-5 to 1e10: one step of single precision below them gives 1.
"""


def mask_above(context: NodeContext, name: str, bound: float) -> str:
    """Return 1 where a tensor lies above a bound, else 0."""
    if bound == 0 and _is_single(context):
        return context.op("HardSigmoid", name, alpha=_STEEP, beta=0.0)
    return context.cast_mask(context.op("Greater", name, context.constant(bound)))


def mask_below(context: NodeContext, name: str, bound: float) -> str:
    """Return 1 where a tensor lies below a bound, else 0."""
    if 1e-5 < abs(bound) < 1e10 and _is_single(context):
        steep = _STEEP_AT_BOUND
        return context.op("HardSigmoid", name, alpha=-steep, beta=bound * steep)
    return context.cast_mask(context.op("Less", name, context.constant(bound)))


def mask_between(context: NodeContext, name: str, bound: float) -> str:
    """Return 1 where a tensor with values from 0 to a positive bound has neither, else 0.

    In single precision the sum of [y > 0] and (bound - y) / (8/6 bound) lies above 1 there
    and there only, but for the number next to the bound, which is taken for the bound.
    """
    above = mask_above(context, name, 0.0)
    if not is_image(context, name):
        return context.op("Mul", above, mask_below(context, name, bound))
    slope = 0.75 / bound
    total = context.op("Add", affine(context, name, -slope, 0.75), above)
    return context.op("HardSigmoid", total, alpha=2.0**24, beta=-(2.0**24))


def affine(context: NodeContext, name: str, scale: float, shift: float) -> str:
    """Return scale x + shift for a single precision image, by a normalisation of channels."""
    channels = context.dims(name)[1]
    # The variance and the least epsilon that every provider takes add up to 1.
    factor, offset, mean, variance = (
        context.constant(np.full(channels, value)) for value in (scale, shift, 0.0, 1.0 - 1e-5)
    )
    return context.op("BatchNormalization", name, factor, offset, mean, variance, epsilon=1e-5)


def is_image(context: NodeContext, name: str) -> bool:
    """Whether a tensor is of a kind that the blocked layout is for."""
    dims = context.facts[name].shape
    return _is_single(context) and dims is not None and len(dims) == 4 and dims[1] is not None


def fits_blocks(context: NodeContext, name: str) -> bool:
    """Whether a tensor of that kind has whole blocks of channels."""
    return is_image(context, name) and not (context.dims(name)[1] or 0) % _BLOCK


def complement(context: NodeContext, name: str) -> str:
    """Return 1 less a tensor of values from 0 to 1."""
    if _is_single(context):
        return context.op("HardSigmoid", name, alpha=-1.0, beta=1.0)
    return context.op("Sub", context.constant(1.0), name)


def _is_single(context: NodeContext) -> bool:
    return context.elem_type(context.output()) == TensorProto.FLOAT
