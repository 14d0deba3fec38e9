"""Pooling that rounds up, said so that onnx and runtimes count the same windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.deployed_sizes import RoundedWindows
from percept_adv.gradients.rewrites.writer import rewrite

if TYPE_CHECKING:
    from percept_adv.gradients.rewrites.writer import Source


@rewrite("MaxPool", "AveragePool", "LpPool")
def round_down(source: Source) -> None:
    """Round down with as much padding as gives as many windows, where sizes are fixed.

    Runtimes leave out a last window that begins behind the image, and onnx counts it before
    opset 22. Where padding counts in a mean, there may be no more of it.
    """
    windows = RoundedWindows.of(source.node)
    sizes = (source.writer.facts[source.input(0)].shape or ())[2:]
    fixed = [size for size in sizes if size is not None]
    if windows is None or not fixed or len(fixed) < len(sizes):
        source.keep()
        return
    end = [windows.end_for_floor(axis, size) for axis, size in enumerate(fixed)]
    kernel = source.attribute("kernel_shape")
    changed = end != list(windows.end)
    limited = all(pad < taps for pad, taps in zip(end, kernel, strict=True))
    if changed and (source.attribute("count_include_pad", 0) or not limited):
        source.keep()
        return
    attributes = source.without("ceil_mode", "pads")
    source.finish(
        source.node.op_type, *source.node.input, pads=[*windows.begin, *end], **attributes
    )
