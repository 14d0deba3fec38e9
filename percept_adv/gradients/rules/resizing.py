"""Resize: along each axis a matrix, which the operator itself makes from an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.registry import unary_rule
from percept_adv.gradients.rules.axis_matrix import apply_along

if TYPE_CHECKING:
    from percept_adv.gradients.site import Site

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
    if site.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
        raise site.unsupported("tf_crop_and_resize")
    if site.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise site.unsupported("keep_aspect_ratio_policy other than stretch")
    gradient = site.gradient
    sizes, outputs = site.dims(site.input(0)), site.dims(site.output())
    scales = _scales(site, len(sizes))
    for axis, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        unchanged = scales is not None and scales[axis] == 1
        if unchanged or (scales is None and size == output):
            continue
        if size is None or output is None:
            raise site.unsupported("it resizes an axis of dynamic size")
        matrix = _matrix(site, size, output, None if scales is None else scales[axis])
        gradient = apply_along(site, gradient, matrix, axis)
    return gradient


def _scales(site: Site, rank: int) -> list[float] | None:
    """Return the scale of each axis; None if the node is told sizes."""
    name = site.input(2)
    if not name:
        return None
    given: list[float] = site.required_value(name).tolist()
    if not given:
        return None
    axes = site.attribute("axes")
    if axes is None:
        return given
    scales = [1.0] * rank
    for axis, scale in zip(axes, given, strict=True):
        scales[axis % rank] = scale
    return scales


def _matrix(site: Site, size: int, output: int, scale: float | None) -> str:
    """Resize the rows of an identity: shape (output, size).

    A runtime folds this when it loads the graph, and then has exactly the operator's own
    coefficients.
    """
    attributes: dict[str, Any] = {
        name: site.attribute(name) for name in _KEPT if site.attribute(name) is not None
    }
    identity = site.emit.constant(np.eye(size)[None, None], TensorProto.FLOAT)
    if scale is None:
        target = site.emit.integers([1, 1, output, size])
        resized = site.op("Resize", identity, "", "", target, **attributes)
    else:
        scales = site.emit.constant([1, 1, scale, 1], TensorProto.FLOAT)
        resized = site.op("Resize", identity, "", scales, **attributes)
    matrix = site.op("Reshape", resized, site.emit.integers([output, size]))
    elem_type = site.elem_type(site.output())
    return matrix if elem_type == TensorProto.FLOAT else site.emit.cast(matrix, elem_type)
