"""Resize: along each axis a matrix, which the operator itself makes from an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.axis_matrix import apply_along
from percept_adv.gradients.rules.masks import is_image

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site

_KEPT = (
    "antialias",
    "coordinate_transformation_mode",
    "cubic_coeff_a",
    "exclude_outside",
    "mode",
    "nearest_mode",
)


@unary_rule("Resize")
def resize(site: Site) -> str:
    """Multiply by the transposed matrix of each axis."""
    if site.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise site.unsupported("keep_aspect_ratio_policy other than stretch")
    if _repeats_one_pixel(site):
        count = float(np.prod(site.fixed_dims(site.output(), start=2)))
        return site.op("Mul", site.op("GlobalAveragePool", site.gradient), site.constant(count))
    gradient = site.gradient
    rank = site.rank(site.input(0))
    sizes, outputs = site.dims(site.input(0)), site.dims(site.output())
    axes = [axis % rank for axis in site.attribute("axes", range(rank))]
    scales = _constant_list(site, site.input(2))
    crop = _crop(site, len(axes))
    for index, axis in enumerate(axes):
        scale = scales[index] if scales else None
        begin, end = (crop[index], crop[len(axes) + index]) if crop else (0.0, 1.0)
        unchanged = scale == 1 if scale is not None else sizes[axis] == outputs[axis]
        if unchanged and (begin, end) == (0, 1):
            continue
        size, output = sizes[axis], outputs[axis]
        if size is None or output is None:
            raise site.unsupported("it resizes an axis of dynamic size")
        matrix = _matrix(site, size, output, scale, (begin, end))
        gradient = apply_along(site, gradient, matrix, axis)
    return gradient


def _repeats_one_pixel(site: Site) -> bool:
    """Whether every pixel of the output is the only one of the input's channel."""
    return (
        is_image(site, site.output())
        and site.dims(site.input(0))[2:] == (1, 1)
        and None not in site.dims(site.output())[2:]
        and site.dims(site.input(0))[1] == site.dims(site.output())[1]
        and site.attribute("mode", "nearest") == "nearest"
        and site.attribute("coordinate_transformation_mode") != "tf_crop_and_resize"
    )


def _constant_list(site: Site, name: str) -> list[float]:
    """Return a constant input's values; an empty list if it is left out."""
    values: list[float] = site.required_value(name).tolist() if name else []
    return values


def _crop(site: Site, axes: int) -> list[float]:
    """Return where each axis is cropped: all begins, then all ends; empty if it is not."""
    if site.attribute("coordinate_transformation_mode") != "tf_crop_and_resize":
        return []
    crop = _constant_list(site, site.input(1))
    if len(crop) != 2 * axes:
        raise site.unsupported(f"its region of interest has {len(crop)} values")
    return crop


def _matrix(
    site: Site, size: int, output: int, scale: float | None, crop: tuple[float, float]
) -> str:
    """Resize the rows of an identity: shape (output, size).

    A runtime folds this when it loads the graph, and then has exactly the operator's own
    coefficients.
    """
    attributes: dict[str, Any] = {
        name: site.attribute(name) for name in _KEPT if site.attribute(name) is not None
    }
    identity = site.emit.constant(np.eye(size)[None, None], TensorProto.FLOAT)
    region = ""
    if site.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
        region = site.emit.constant([0, 0, crop[0], 0, 1, 1, crop[1], 1], TensorProto.FLOAT)
    if scale is None:
        target = site.emit.integers([1, 1, output, size])
        resized = site.op("Resize", identity, region, "", target, **attributes)
    else:
        scales = site.emit.constant([1, 1, scale, 1], TensorProto.FLOAT)
        resized = site.op("Resize", identity, region, scales, **attributes)
    matrix = site.op("Reshape", resized, site.emit.integers([output, size]))
    elem_type = site.elem_type(site.output())
    return matrix if elem_type == TensorProto.FLOAT else site.emit.cast(matrix, elem_type)
