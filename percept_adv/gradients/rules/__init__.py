"""Gradient rules, one module per family of operators; importing this registers them all."""

from percept_adv.gradients.rules import (
    activations,
    arithmetic,
    convolution,
    matrix,
    reductions,
    shapes,
)

__all__ = ["activations", "arithmetic", "convolution", "matrix", "reductions", "shapes"]
