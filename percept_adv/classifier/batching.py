"""Batches for models whose batch size is fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Feeds = Mapping[str, NDArray[Any]]


def run_in_batches(
    compute: Callable[[Feeds], list[NDArray[Any]]], feeds: Feeds, fixed_batch: int | None
) -> list[NDArray[Any]]:
    """Compute outputs for all rows of the feeds.

    For a model of a fixed batch size, in parts of that size: the last one is padded by
    repeating its last row, and the padding's results are dropped.
    """
    count = len(next(iter(feeds.values())))
    if fixed_batch is None or count == fixed_batch:
        return compute(feeds)
    parts = [
        compute({name: _rows(array, start, fixed_batch) for name, array in feeds.items()})
        for start in range(0, max(count, 1), fixed_batch)
    ]
    return [np.concatenate(results)[:count] for results in zip(*parts, strict=True)]


def _rows(array: NDArray[Any], start: int, size: int) -> NDArray[Any]:
    """Return ``size`` rows from ``start``, the last one repeated where there are too few."""
    return array[np.minimum(np.arange(start, start + size), len(array) - 1)]
