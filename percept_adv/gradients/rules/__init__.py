"""Gradient rules, one module per family of operators; importing this registers them all."""

from percept_adv.gradients.rules import (
    activations,
    arithmetic,
    convolution,
    functions,
    matrix,
    moving,
    normalization,
    pooling,
    quantization,
    reductions,
    resizing,
    selecting,
    stops,
)

__all__ = [
    "activations",
    "arithmetic",
    "convolution",
    "functions",
    "matrix",
    "moving",
    "normalization",
    "pooling",
    "quantization",
    "reductions",
    "resizing",
    "selecting",
    "stops",
]
