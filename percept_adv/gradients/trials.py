"""Trial sizes for the free dimensions of a model, and what one trial knows of a tensor.

What comes out the same for every trial size is taken for constant, so the sizes must not be
able to agree by accident. Sizes that a chain of strides cannot bring together lie far apart:
from about 100 to a million. Sizes that no modulus treats alike are multiples of 672 (every
patch and window in use divides it), of 32 alone, and of nothing. Inference is symbolic in
everything but these numbers, so that no tensor of such a size is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onnx import TensorProto

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

_SPATIAL = ((672, 672), (672 * 1563, 672 * 4), (256, 32), (331, 6), (1_000_003, 2), (97, 4))
"""Size of the first free axis, and what each further one has more, for each trial."""
_BATCHES = (2, 63, 3, 5, 7, 11)
"""Batch for each trial. The first two are 61 apart: no small modulus brings them together."""


@dataclass(frozen=True)
class Trial:
    """One tensor under one choice of the free dimensions.

    Attributes
    ----------
    elem_type : int
        onnx element type; UNDEFINED where it is unknown.
    shape : tuple of (int or None) or None
        None for an unknown dimension, None altogether for an unknown rank.
    value : ndarray or None
        The value, where it is small and known.
    unknown : ndarray of bool or None
        Which elements of the value are not known after all; None if all are.
    """

    elem_type: int
    shape: tuple[int | None, ...] | None
    value: NDArray[np.generic] | None = None
    unknown: NDArray[np.bool_] | None = None

    @property
    def known_value(self) -> NDArray[np.generic] | None:
        """The value if every element of it is known."""
        return self.value if self.unknown is None else None


UNKNOWN = Trial(TensorProto.UNDEFINED, None)


@dataclass(frozen=True)
class TrialSizes:
    """The sizes of each free dimension in all trials.

    Attributes
    ----------
    sizes : dict
        Keys are the dimension's symbol, or ``input:axis`` where it has none.
    batches : frozenset of str
        The keys that are the first axis of an input.
    count : int
    """

    sizes: dict[str, tuple[int, ...]]
    batches: frozenset[str]
    count: int

    @property
    def any_is_free(self) -> bool:
        """Whether the batch or another dimension is free."""
        return bool(self.sizes)

    def without(self, dropped: set[int]) -> TrialSizes:
        """Return the sizes without some of the trials."""
        kept = [index for index in range(self.count) if index not in dropped]
        sizes = {key: tuple(size[index] for index in kept) for key, size in self.sizes.items()}
        return TrialSizes(sizes, self.batches, len(kept))

    def with_batch_of_one(self) -> TrialSizes:
        """Return the sizes for a model whose shapes only fit a batch of one."""
        sizes = {
            key: (1,) * self.count if key in self.batches else size
            for key, size in self.sizes.items()
        }
        return TrialSizes(sizes, self.batches, self.count)


def trial_sizes(graph: onnx.GraphProto) -> TrialSizes:
    """Return trial sizes for each free dimension of the inputs.

    The first axis of an input is taken for the batch. Two trials are enough where only
    that is free, one where nothing is.
    """
    stored = {tensor.name for tensor in graph.initializer}
    batches: dict[str, None] = {}
    axes: dict[str, None] = {}
    for value in graph.input:
        if value.name in stored:
            continue
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if is_free(dimension):
                (axes if axis else batches).setdefault(symbol_of(value.name, axis, dimension))
    spatial = [key for key in axes if key not in batches]
    count = len(_SPATIAL) if spatial else 2 if batches else 1
    sizes = dict.fromkeys(batches, _BATCHES[:count])
    for index, key in enumerate(spatial):
        sizes[key] = tuple(first + index * step for first, step in _SPATIAL)
    return TrialSizes(sizes, frozenset(batches), count)


def is_free(dimension: onnx.TensorShapeProto.Dimension) -> bool:
    """Whether a dimension of an input has no fixed size."""
    return not dimension.HasField("dim_value") or dimension.dim_value <= 0


def symbol_of(name: str, axis: int, dimension: onnx.TensorShapeProto.Dimension) -> str:
    """Return the key of a free dimension: its symbol, or the input's name and the axis."""
    return dimension.dim_param or f"{name}:{axis}"
