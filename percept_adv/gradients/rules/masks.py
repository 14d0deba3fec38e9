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
    from percept_adv.gradients.node_context import Site

_STEEP = 2.0**100
"""A slope that takes every number above 1e-30 to 1 or more."""

_STEEP_AT_BOUND = 2.0**40
"""A power of 2, so that slope times bound is exact and the sum at the bound exactly 0.

Steep enough for bounds from 1e-5 to 1e10: one step of single precision below them gives 1.
"""


def mask_above(site: Site, name: str, bound: float) -> str:
    """Return 1 where a tensor lies above a bound, else 0."""
    if bound == 0 and _is_single(site):
        return site.op("HardSigmoid", name, alpha=_STEEP, beta=0.0)
    return site.cast_mask(site.op("Greater", name, site.constant(bound)))


def mask_below(site: Site, name: str, bound: float) -> str:
    """Return 1 where a tensor lies below a bound, else 0."""
    if 1e-5 < abs(bound) < 1e10 and _is_single(site):
        steep = _STEEP_AT_BOUND
        return site.op("HardSigmoid", name, alpha=-steep, beta=bound * steep)
    return site.cast_mask(site.op("Less", name, site.constant(bound)))


def mask_between(site: Site, name: str, bound: float) -> str:
    """Return 1 where a tensor with values from 0 to a positive bound has neither, else 0.

    In single precision the sum of [y > 0] and (bound - y) / (8/6 bound) lies above 1 there
    and there only, but for the number next to the bound, which is taken for the bound.
    """
    above = mask_above(site, name, 0.0)
    if not is_image(site, name):
        return site.op("Mul", above, mask_below(site, name, bound))
    slope = 0.75 / bound
    total = site.op("Add", affine(site, name, -slope, 0.75), above)
    return site.op("HardSigmoid", total, alpha=2.0**24, beta=-(2.0**24))


def affine(site: Site, name: str, scale: float, shift: float) -> str:
    """Return scale x + shift for a single precision image, by a normalisation of channels."""
    channels = site.dims(name)[1]
    # The variance and the least epsilon that every provider takes add up to 1.
    factor, offset, mean, variance = (
        site.constant(np.full(channels, value)) for value in (scale, shift, 0.0, 1.0 - 1e-5)
    )
    return site.op("BatchNormalization", name, factor, offset, mean, variance, epsilon=1e-5)


def is_image(site: Site, name: str) -> bool:
    """Whether a tensor is of a kind that the blocked layout is for."""
    dims = site.facts[name].shape
    return _is_single(site) and dims is not None and len(dims) == 4 and dims[1] is not None


def complement(site: Site, name: str) -> str:
    """Return 1 less a tensor of values from 0 to 1."""
    if _is_single(site):
        return site.op("HardSigmoid", name, alpha=-1.0, beta=1.0)
    return site.op("Sub", site.constant(1.0), name)


def _is_single(site: Site) -> bool:
    return site.elem_type(site.output()) == TensorProto.FLOAT
