"""Operators that only move elements: every gradient is moved back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.gradients.registry import unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


@unary_rule("Reshape", "Flatten", "Squeeze", "Unsqueeze", carries_integers=True)
def reshape(site: Site) -> str:
    """Reshape back."""
    return site.reshape_like(site.gradient, site.input(0))


@unary_rule("Transpose", carries_integers=True)
def transpose(site: Site) -> str:
    """Apply the inverse permutation."""
    permutation = site.attribute("perm")
    if permutation is None:
        return site.op("Transpose", site.gradient)
    return site.op("Transpose", site.gradient, perm=np.argsort(permutation).tolist())


@unary_rule("Pad")
def pad(site: Site) -> str:
    """Cut the padding off."""
    if site.attribute("mode", "constant") != "constant":
        raise site.unsupported("only constant padding")
    amounts = site.required_value(site.input(1)).tolist()
    axes_value = site.value(site.input(3))
    rank = site.rank(site.input(0))
    axes = list(range(rank)) if axes_value is None else [int(a) % rank for a in axes_value]
    negative = [-amount for amount in amounts]
    return site.op("Pad", site.gradient, site.emit.integers(negative), "", site.emit.integers(axes))
