"""Many images through a model, in runs of the size that suits model and processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from percept_adv.runtime import Session

_VALUES_PER_RUN = 2**15
"""Of images on the CPU: photographs of 224 x 224 pixels run one by one, digits of 28 x 28 by 41."""


def run_in_batches(
    session: Session,
    feeds: Mapping[str, NDArray[Any]],
    outputs: list[str],
    fixed_batch: int | None,
) -> list[NDArray[Any]]:
    """Compute outputs for all rows of the feeds.

    A model of a fixed batch size gets parts of that size: the last one is padded by repeating its
    last row, and the padding's results are dropped. Any other model gets all rows at once on a
    GPU, and small parts on the CPU, as many side by side as there are processors: what a
    photograph leaves in the processor's cache is used from there, and what onnxruntime does with
    one thread only (masks of small images, slices, pads) holds up one part, not all. The parts
    follow from the images' size alone, so that results do not depend on the number of processors.

    Parameters
    ----------
    session
        The model.
    feeds
        Arrays (N, ...) by the names of inputs.
    outputs
        Names, in the order of the results.
    fixed_batch
        The model's own N, None if it takes any.

    Returns
    -------
    list of ndarray
        (N, ...) for each output.
    """
    count = len(next(iter(feeds.values())))
    size = fixed_batch or _images_per_run(session, feeds, count)
    if count == size or not count:
        return session.run(feeds, outputs)

    def part(index: int) -> list[NDArray[Any]]:
        rows = np.arange(index * size, (index + 1) * size)
        # Past the end the last row again, or for a model that takes any number nothing.
        rows = rows[rows < count] if fixed_batch is None else np.minimum(rows, count - 1)
        return session.run({name: array[rows] for name, array in feeds.items()}, outputs)

    numbers = range(-(-count // size))
    on_cpu = session.provider == "cpu"
    parts = for_each_item(part, len(numbers)) if on_cpu else [part(i) for i in numbers]
    return [np.concatenate(results)[:count] for results in zip(*parts, strict=True)]


def _images_per_run(session: Session, feeds: Mapping[str, NDArray[Any]], count: int) -> int:
    """Return how many images a model that takes any number gets at once."""
    if session.provider != "cpu" or not count:
        return count
    values: int = max(array[0].size for array in feeds.values())
    return min(count, max(1, _VALUES_PER_RUN // max(values, 1)))
