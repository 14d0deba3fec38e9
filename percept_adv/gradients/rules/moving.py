"""Operators that only move elements: every gradient is moved back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.registry import Gradients, rule, unary_rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


def scatter_flat(context: NodeContext, indices: str, gradient: str) -> str:
    """Add a gradient up at positions of the flattened input, and give it the input's shape."""
    x = context.input(0)
    rows = context.op("Reshape", indices, context.emit.integers([-1, 1]))
    updates = context.op("Reshape", gradient, context.emit.integers([-1]))
    zeros = context.op("Reshape", context.zeros_like(x), context.emit.integers([-1]))
    added = context.op("ScatterND", zeros, rows, updates, reduction="add")
    return context.reshape_like(added, x)


def positions(context: NodeContext) -> str:
    """Return the flat position of each element of the input, in the input's shape."""
    x = context.input(0)
    zero, one = (context.emit.constant(value, TensorProto.INT64) for value in (0, 1))
    count = context.op("ReduceProd", context.shape_tensor(x), keepdims=0)
    return context.op("Reshape", context.op("Range", zero, count, one), context.shape_tensor(x))


@unary_rule("Reshape", "Flatten", "Squeeze", "Unsqueeze", carries_integers=True)
def reshape(context: NodeContext) -> str:
    """Reshape back."""
    return context.reshape_like(context.gradient, context.input(0))


@unary_rule("Transpose", carries_integers=True)
def transpose(context: NodeContext) -> str:
    """Apply the inverse permutation."""
    permutation = context.attribute("perm")
    if permutation is None:
        return context.op("Transpose", context.gradient)
    return context.op("Transpose", context.gradient, perm=np.argsort(permutation).tolist())


@unary_rule("Expand", carries_integers=True)
def expand(context: NodeContext) -> str:
    """Sum over the repeated axes."""
    return unbroadcast(context, context.gradient, context.input(0), context.dims(context.output()))


@unary_rule("Tile", carries_integers=True)
def tile(context: NodeContext) -> str:
    """Sum over the repetitions."""
    repeats = context.required_value(context.input(1))
    dims = context.dims(context.input(0))
    if dims.count(None) > 1:
        raise context.unsupported("several of its dimensions are dynamic")
    split = [
        number
        for times, size in zip(repeats.tolist(), dims, strict=True)
        for number in (times, -1 if size is None else size)
    ]
    parts = context.op("Reshape", context.gradient, context.emit.integers(split))
    axes = context.emit.integers(range(0, 2 * len(dims), 2))
    return context.op("ReduceSum", parts, axes, keepdims=0)


@rule("Concat", carries_integers=True)
def concat(context: NodeContext) -> Gradients:
    """Split again."""
    axis = context.attribute("axis") % context.rank(context.output())
    names = list(context.node.input)
    if len(names) == 1:
        return {0: context.gradient}
    sizes = [context.dims(name)[axis] for name in names]
    fixed = [size for size in sizes if size is not None]
    if len(fixed) == len(sizes) and len(context.wanted) == 1:
        position = next(iter(context.wanted))
        start = sum(fixed[:position])
        bounds = ([start], [start + fixed[position]], [axis])
        return {
            position: context.op("Slice", context.gradient, *map(context.emit.integers, bounds))
        }
    split = (
        context.emit.integers(fixed)
        if len(fixed) == len(sizes)
        else context.op("Concat", *(context.size(name, axis) for name in names), axis=0)
    )
    parts = context.emit.ops("Split", context.gradient, split, outputs=len(names), axis=axis)
    return {position: parts[position] for position in context.wanted}


@rule("Split", outputs=None, carries_integers=True)
def split(context: NodeContext) -> Gradients:
    """Concatenate again; unused parts give zeros."""
    parts = [
        context.zeros_like(name) if gradient is None else gradient
        for name, gradient in zip(context.node.output, context.gradients, strict=True)
    ]
    return {0: context.op("Concat", *parts, axis=context.attribute("axis", 0))}


@unary_rule("DepthToSpace", carries_integers=True)
def depth_to_space(context: NodeContext) -> str:
    """Move the blocks back into the channels."""
    block = context.attribute("blocksize")
    if context.attribute("mode", "DCR") == "DCR":
        return context.op("SpaceToDepth", context.gradient, blocksize=block)
    channels, height, width = context.fixed_dims(context.output(), start=1)
    shape = [-1, channels, height // block, block, width // block, block]
    parts = context.op("Reshape", context.gradient, context.emit.integers(shape))
    ordered = context.op("Transpose", parts, perm=[0, 1, 3, 5, 2, 4])
    return context.reshape_like(ordered, context.input(0))


@unary_rule("SpaceToDepth", carries_integers=True)
def space_to_depth(context: NodeContext) -> str:
    """Move the channels back into blocks."""
    mode = context.attribute("mode", "DCR")
    return context.op(
        "DepthToSpace", context.gradient, blocksize=context.attribute("blocksize"), mode=mode
    )


@unary_rule("Trilu")
def trilu(context: NodeContext) -> str:
    """Keep the same triangle."""
    rest = [context.input(1)] if context.input(1) else []
    return context.op("Trilu", context.gradient, *rest, upper=context.attribute("upper", 1))


@unary_rule("CumSum")
def cum_sum(context: NodeContext) -> str:
    """Sum up from the other end."""
    return context.op(
        "CumSum",
        context.gradient,
        context.input(1),
        exclusive=context.attribute("exclusive", 0),
        reverse=1 - context.attribute("reverse", 0),
    )


@unary_rule("Col2Im")
def col_to_im(context: NodeContext) -> str:
    """Take the blocks out of the image again."""
    image = context.required_value(context.input(1)).tolist()
    block = context.required_value(context.input(2)).tolist()
    rank = len(image)
    dilations = context.attribute("dilations", [1] * rank)
    pads = context.attribute("pads", [0] * 2 * rank)
    strides = context.attribute("strides", [1] * rank)
    padded = [size + pads[i] + pads[rank + i] for i, size in enumerate(image)]
    flat = np.arange(int(np.prod(padded))).reshape(padded)
    for axis in range(rank):
        taps = np.arange(block[axis]) * dilations[axis]
        starts = np.arange(0, padded[axis] - taps[-1], strides[axis])
        # Each axis becomes two: the tap in the block, and the block.
        flat = np.take(flat, taps[:, None] + starts[None, :], axis=2 * axis)
    order = [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)]
    indices = flat.transpose(order).reshape(-1)
    amounts = context.emit.integers([0, 0, *pads[:rank], 0, 0, *pads[rank:]])
    channels = context.fixed_dims(context.output(), start=1)[0]
    framed = context.op("Pad", context.gradient, amounts)
    flattened = context.op("Reshape", framed, context.emit.integers([0, channels, -1]))
    taken = context.op("Gather", flattened, context.emit.integers(indices.tolist()), axis=2)
    return context.reshape_like(taken, context.input(0))
