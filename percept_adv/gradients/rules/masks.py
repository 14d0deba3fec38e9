"""Masks and complements in forms that keep a runtime's layout and fusions.

onnxruntime's blocked layout of convolutions holds through a HardSigmoid, a sum and a
product, but not through a comparison, a conversion or a difference, around which it
reorders whole activations. In single precision a steep HardSigmoid is a comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import TensorProto

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site

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


def complement(site: Site, name: str) -> str:
    """Return 1 less a tensor of values from 0 to 1."""
    if _is_single(site):
        return site.op("HardSigmoid", name, alpha=-1.0, beta=1.0)
    return site.op("Sub", site.constant(1.0), name)


def _is_single(site: Site) -> bool:
    return site.elem_type(site.output()) == TensorProto.FLOAT
