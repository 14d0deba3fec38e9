"""Operators that only move elements: every gradient is moved back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.registry import Gradients, rule, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


def scatter_flat(site: Site, indices: str, gradient: str) -> str:
    """Add a gradient up at positions of the flattened input, and give it the input's shape."""
    x = site.input(0)
    rows = site.op("Reshape", indices, site.emit.integers([-1, 1]))
    updates = site.op("Reshape", gradient, site.emit.integers([-1]))
    zeros = site.op("Reshape", site.zeros_like(x), site.emit.integers([-1]))
    added = site.op("ScatterND", zeros, rows, updates, reduction="add")
    return site.reshape_like(added, x)


def positions(site: Site) -> str:
    """Return the flat position of each element of the input, in the input's shape."""
    x = site.input(0)
    zero, one = (site.emit.constant(value, TensorProto.INT64) for value in (0, 1))
    count = site.op("ReduceProd", site.shape_tensor(x), keepdims=0)
    return site.op("Reshape", site.op("Range", zero, count, one), site.shape_tensor(x))


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


@unary_rule("Expand", carries_integers=True)
def expand(site: Site) -> str:
    """Sum over the repeated axes."""
    return unbroadcast(site, site.gradient, site.input(0), site.dims(site.output()))


@unary_rule("Tile", carries_integers=True)
def tile(site: Site) -> str:
    """Sum over the repetitions."""
    repeats = site.required_value(site.input(1))
    dims = site.dims(site.input(0))
    if dims.count(None) > 1:
        raise site.unsupported("several of its dimensions are dynamic")
    split = [
        number
        for times, size in zip(repeats.tolist(), dims, strict=True)
        for number in (times, -1 if size is None else size)
    ]
    parts = site.op("Reshape", site.gradient, site.emit.integers(split))
    axes = site.emit.integers(range(0, 2 * len(dims), 2))
    return site.op("ReduceSum", parts, axes, keepdims=0)


@rule("Concat", carries_integers=True)
def concat(site: Site) -> Gradients:
    """Split again."""
    axis = site.attribute("axis") % site.rank(site.output())
    names = list(site.node.input)
    if len(names) == 1:
        return {0: site.gradient}
    sizes = [site.dims(name)[axis] for name in names]
    fixed = [size for size in sizes if size is not None]
    if len(fixed) == len(sizes) and len(site.wanted) == 1:
        position = next(iter(site.wanted))
        start = sum(fixed[:position])
        bounds = ([start], [start + fixed[position]], [axis])
        return {position: site.op("Slice", site.gradient, *map(site.emit.integers, bounds))}
    split = (
        site.emit.integers(fixed)
        if len(fixed) == len(sizes)
        else site.op("Concat", *(site.size(name, axis) for name in names), axis=0)
    )
    parts = site.emit.ops("Split", site.gradient, split, outputs=len(names), axis=axis)
    return {position: parts[position] for position in site.wanted}


@rule("Split", outputs=None, carries_integers=True)
def split(site: Site) -> Gradients:
    """Concatenate again; unused parts give zeros."""
    parts = [
        site.zeros_like(name) if gradient is None else gradient
        for name, gradient in zip(site.node.output, site.gradients, strict=True)
    ]
    return {0: site.op("Concat", *parts, axis=site.attribute("axis", 0))}


@unary_rule("DepthToSpace", carries_integers=True)
def depth_to_space(site: Site) -> str:
    """Move the blocks back into the channels."""
    block = site.attribute("blocksize")
    if site.attribute("mode", "DCR") == "DCR":
        return site.op("SpaceToDepth", site.gradient, blocksize=block)
    channels, height, width = site.fixed_dims(site.output(), start=1)
    shape = [-1, channels, height // block, block, width // block, block]
    parts = site.op("Reshape", site.gradient, site.emit.integers(shape))
    ordered = site.op("Transpose", parts, perm=[0, 1, 3, 5, 2, 4])
    return site.reshape_like(ordered, site.input(0))


@unary_rule("SpaceToDepth", carries_integers=True)
def space_to_depth(site: Site) -> str:
    """Move the channels back into blocks."""
    mode = site.attribute("mode", "DCR")
    return site.op("DepthToSpace", site.gradient, blocksize=site.attribute("blocksize"), mode=mode)


@unary_rule("Trilu")
def trilu(site: Site) -> str:
    """Keep the same triangle."""
    rest = [site.input(1)] if site.input(1) else []
    return site.op("Trilu", site.gradient, *rest, upper=site.attribute("upper", 1))


@unary_rule("CumSum")
def cum_sum(site: Site) -> str:
    """Sum up from the other end."""
    return site.op(
        "CumSum",
        site.gradient,
        site.input(1),
        exclusive=site.attribute("exclusive", 0),
        reverse=1 - site.attribute("reverse", 0),
    )


@unary_rule("Col2Im")
def col_to_im(site: Site) -> str:
    """Take the blocks out of the image again."""
    image = site.required_value(site.input(1)).tolist()
    block = site.required_value(site.input(2)).tolist()
    rank = len(image)
    dilations = site.attribute("dilations", [1] * rank)
    pads = site.attribute("pads", [0] * 2 * rank)
    strides = site.attribute("strides", [1] * rank)
    padded = [size + pads[i] + pads[rank + i] for i, size in enumerate(image)]
    flat = np.arange(int(np.prod(padded))).reshape(padded)
    for axis in range(rank):
        taps = np.arange(block[axis]) * dilations[axis]
        starts = np.arange(0, padded[axis] - taps[-1], strides[axis])
        # Each axis becomes two: the tap in the block, and the block.
        flat = np.take(flat, taps[:, None] + starts[None, :], axis=2 * axis)
    order = [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)]
    indices = flat.transpose(order).reshape(-1)
    amounts = site.emit.integers([0, 0, *pads[:rank], 0, 0, *pads[rank:]])
    channels = site.fixed_dims(site.output(), start=1)[0]
    framed = site.op("Pad", site.gradient, amounts)
    flattened = site.op("Reshape", framed, site.emit.integers([0, channels, -1]))
    taken = site.op("Gather", flattened, site.emit.integers(indices.tolist()), axis=2)
    return site.reshape_like(taken, site.input(0))
