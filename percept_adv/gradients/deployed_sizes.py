"""Sizes that onnxruntime makes where onnx's shape inference says others.

Pooling that rounds up leaves out a last window that would begin behind the image, in every
opset; onnx does so from opset 22 on. Resize multiplies a size by its scale in float32. A size
on which they do not agree counts as unknown: the gradient graph then asks for it when it runs,
and says nothing that another runtime, or the checker, takes for a contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from onnx import helper

from percept_adv.gradients.trials import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import onnx

_CROPPING = b"tf_crop_and_resize"
_POOLING = frozenset({"AveragePool", "LpPool", "MaxPool"})


def without_disputed_sizes(
    node: onnx.NodeProto, inputs: dict[str, Trial], inferred: list[Trial]
) -> list[Trial]:
    """Return what is known of a node's outputs, less sizes that onnxruntime makes otherwise.

    Parameters
    ----------
    node : NodeProto
    inputs : dict
        What is known of each input, by its name.
    inferred : list of Trial
        What onnx infers of the outputs.
    """
    if node.domain not in {"", "ai.onnx"} or not inferred or inferred[0].shape is None:
        return inferred
    own = inputs[node.input[0]].shape if node.input else None
    if own is None:
        return inferred
    if node.op_type in _POOLING:
        sizes = _pooled(node, own)
    elif node.op_type == "Resize" and len(node.input) > 2 and node.input[2]:
        sizes = _scaled(node, own, inputs[node.input[2]])
    else:
        return inferred
    if sizes is None:
        return inferred
    deployed = (*inferred[0].shape[: len(own) - len(sizes)], *sizes)
    shape = tuple(
        size if size == other else None
        for size, other in zip(inferred[0].shape, deployed, strict=True)
    )
    return [Trial(trial.elem_type, shape) for trial in inferred]


@dataclass(frozen=True)
class RoundedWindows:
    """The windows of a pooling that rounds their number up, one entry for each spatial axis."""

    extents: tuple[int, ...]
    strides: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]

    @classmethod
    def of(cls, node: onnx.NodeProto) -> RoundedWindows | None:
        """Return the windows of a node; None where it does not round up."""
        given = _attributes(node)
        if not given.get("ceil_mode", 0) or given.get("auto_pad", b"NOTSET") != b"NOTSET":
            return None
        kernel = given["kernel_shape"]
        rank = len(kernel)
        pads = given.get("pads", [0] * 2 * rank)
        strides, dilations = (given.get(key, [1] * rank) for key in ("strides", "dilations"))
        extents = tuple(d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True))
        return cls(extents, tuple(strides), tuple(pads[:rank]), tuple(pads[rank:]))

    def end_for_floor(self, axis: int, size: int) -> int:
        """Return the padding behind a tensor with which rounding down counts as many windows."""
        span = (self.count(axis, size) - 1) * self.strides[axis] + self.extents[axis]
        return max(self.end[axis], span - size - self.begin[axis])

    def count(self, axis: int, size: int) -> int:
        """Return how many windows there are that begin on the tensor or before it."""
        room = size + self.begin[axis] + self.end[axis] - self.extents[axis]
        count = -(-room // self.strides[axis]) + 1
        last = (count - 1) * self.strides[axis]
        return count - 1 if last >= size + self.begin[axis] else count


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


def _pooled(node: onnx.NodeProto, own: Sequence[int | None]) -> list[int | None] | None:
    """Return the spatial sizes of a pooling that rounds up; None where it does not."""
    windows = RoundedWindows.of(node)
    if windows is None:
        return None
    return [
        None if size is None else windows.count(axis, size) for axis, size in enumerate(own[2:])
    ]


def _scaled(
    node: onnx.NodeProto, own: Sequence[int | None], scales: Trial
) -> list[int | None] | None:
    """Return all sizes of a Resize by known scales."""
    given = _attributes(node)
    if scales.known_value is None or given.get("coordinate_transformation_mode") == _CROPPING:
        return None
    axes = [axis % len(own) for axis in given.get("axes", range(len(own)))]
    factors = dict(zip(axes, scales.known_value.ravel().tolist(), strict=False))
    sizes: list[int | None] = []
    for axis, size in enumerate(own):
        factor = factors.get(axis, 1.0)
        if size is not None and factor != 1.0:
            size = int(np.float32(size) * np.float32(factor))  # noqa: PLW2901
        sizes.append(size)
    return sizes
