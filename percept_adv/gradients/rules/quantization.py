"""Conversions to integers and back: straight through, and nothing where a value saturates.

Integer tensors on the way have gradients in float32, as if they were real numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, helper

from percept_adv.gradients.registry import MICROSOFT, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


def along_axis(site: Site, name: str) -> str:
    """Give scales of the channels of one axis the rank of the input."""
    scale, rank = site.dims(name), site.rank(site.input(0))
    if site.attribute("block_size", 0) or len(scale) > 1:
        raise site.unsupported("scales by blocks")
    if len(scale) == 0 or scale == (1,):
        return name
    axis = site.attribute("axis", 1) % rank
    others = [other for other in range(rank) if other != axis]
    return site.op("Unsqueeze", name, site.emit.integers(others)) if others else name


@unary_rule("DequantizeLinear")
@unary_rule("DequantizeLinear", domain=MICROSOFT)
def dequantize_linear(site: Site) -> str:
    """Multiply by the scale."""
    scale = along_axis(site, site.input(1))
    gradient = site.gradient
    if site.facts[site.input(1)].elem_type != site.elem_type(site.output()):
        scale = site.emit.cast(scale, site.elem_type(site.output()))
    scaled = site.op("Mul", gradient, scale)
    if site.elem_type(site.output()) == TensorProto.FLOAT:
        return scaled
    return site.emit.cast(scaled, TensorProto.FLOAT)


@unary_rule("QuantizeLinear", carries_integers=True)
@unary_rule("QuantizeLinear", domain=MICROSOFT, carries_integers=True)
def quantize_linear(site: Site) -> str:
    """1 / scale, straight through the rounding; 0 where the value saturates."""
    x, elem_type = site.input(0), site.elem_type(site.input(0))
    scale = along_axis(site, site.input(1))
    lowest, highest = _limits(site)
    offset = site.emit.constant(0.0, TensorProto.FLOAT)
    if site.input(2):
        offset = site.emit.cast(along_axis(site, site.input(2)), TensorProto.FLOAT)
    real_scale = site.emit.cast(scale, TensorProto.FLOAT)
    bounds = [
        site.emit.cast(
            site.op(
                "Mul",
                site.op("Sub", site.emit.constant(limit, TensorProto.FLOAT), offset),
                real_scale,
            ),
            elem_type,
        )
        for limit in (lowest, highest)
    ]
    inside = site.op(
        "And", site.op("GreaterOrEqual", x, bounds[0]), site.op("LessOrEqual", x, bounds[1])
    )
    passed = site.op("Mul", site.gradient, site.emit.cast(inside, TensorProto.FLOAT))
    divided = site.op("Div", passed, real_scale)
    return divided if elem_type == TensorProto.FLOAT else site.emit.cast(divided, elem_type)


def _limits(site: Site) -> tuple[float, float]:
    """Return the least and the largest value of the integer type."""
    elem_type = site.facts[site.output()].elem_type or site.facts[site.input(2)].elem_type
    names: dict[int, tuple[float, float]] = {
        TensorProto.INT4: (-8.0, 7.0),
        TensorProto.UINT4: (0.0, 15.0),
    }
    if elem_type in names:
        return names[elem_type]
    dtype = helper.tensor_dtype_to_np_dtype(elem_type)
    if not np.issubdtype(dtype, np.integer):
        raise site.unsupported(f"it converts to {dtype}")
    limits = np.iinfo(dtype)
    return float(limits.min), float(limits.max)


@unary_rule("DynamicQuantizeLinear", carries_integers=True)
def dynamic_quantize_linear(site: Site) -> str:
    """1 / scale, straight through the rounding; the scale is taken for constant."""
    return site.op("Div", site.gradient, site.output(1))
