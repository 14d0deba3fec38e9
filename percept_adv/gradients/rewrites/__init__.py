"""Rewrites into the rules' dialect, one module per kind; importing this registers them all."""

from percept_adv.gradients.rewrites import branches, fused, older, pooling, quantized, recurrent
from percept_adv.gradients.rewrites.writer import Writer, rewrite_node

__all__ = [
    "Writer",
    "branches",
    "fused",
    "older",
    "pooling",
    "quantized",
    "recurrent",
    "rewrite_node",
]
