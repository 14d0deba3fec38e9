"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.registry import Gradients, rule

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site


@rule("Gemm")
def gemm(site: Site) -> Gradients:
    """For y = alpha A B + beta C: alpha g B^T, alpha A^T g, beta g."""
    gradient, a, b = site.gradient, site.input(0), site.input(1)
    alpha = site.attribute("alpha", 1.0)
    trans_a, trans_b = site.attribute("transA", 0), site.attribute("transB", 0)
    gradients: Gradients = {}
    if 0 in site.wanted:
        gradients[0] = (
            site.op("Gemm", b, gradient, alpha=alpha, transA=trans_b, transB=1)
            if trans_a
            else site.op("Gemm", gradient, b, alpha=alpha, transB=1 - trans_b)
        )
    if 1 in site.wanted:
        gradients[1] = (
            site.op("Gemm", gradient, a, alpha=alpha, transA=1, transB=trans_a)
            if trans_b
            else site.op("Gemm", a, gradient, alpha=alpha, transA=1 - trans_a)
        )
    if 2 in site.wanted:
        scaled = site.op("Mul", gradient, site.constant(site.attribute("beta", 1.0)))
        gradients[2] = unbroadcast(site, scaled, site.input(2), site.output())
    return gradients
