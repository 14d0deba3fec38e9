"""What the value steps of a pipeline do to a sample, all of them together, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.pipeline import Pipeline


@dataclass(frozen=True, slots=True, eq=False)
class SampleMap:
    """Channel c of the model is (x[order[c]] - mean[c]) / std[c] of an image x in [0, 1].

    Attributes
    ----------
    order
        (C,): the image's channel of each channel of the model.
    mean, std
        (C,), on the scale of [0, 1], in the model's order.
    """

    order: NDArray[np.intp]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def of(cls, pipeline: Pipeline) -> SampleMap:
        """Return the map of all value steps of a pipeline, wherever they stand."""
        form = pipeline.values.linear((1, 1, pipeline.channels))
        order = np.abs(form.channels).argmax(axis=1)
        factor = 255 * form.channels[np.arange(len(order)), order]
        return cls(order, -form.offset[0, 0] / factor, 1 / factor)

    def invert(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return images (..., C) in [0, 1] from values (..., C) as the model gets them."""
        images = np.empty(values.shape, np.float32)
        images[..., self.order] = values * self.std + self.mean
        return images
