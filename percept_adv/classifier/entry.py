"""Where images enter a classifier: at the network's size, or as a file before its pipeline."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from percept_adv.classifier.array_pipeline import ArrayPipeline
from percept_adv.classifier.arrays import check_batch
from percept_adv.classifier.prefix import IMAGE, values_model
from percept_adv.images import to_uint8
from percept_adv.pipeline.samples import SampleMap
from percept_adv.runtime import Session
from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from percept_adv.classifier.arrays import Shape
    from percept_adv.pipeline import Pipeline


class Entry(Protocol):
    """What lies between the images that an attack changes and the model's input."""

    @property
    def image_shape(self) -> Shape:
        """Height and width of the images, None where any will do, and channels."""

    def checked(self, images: NDArray[Any], name: str) -> NDArray[Any]:
        """Return images of the model of a name as `prepare` takes them; see `check_batch`."""

    def prepare(self, images: NDArray[Any]) -> NDArray[Any]:
        """Return what the deployed model gets for images (N, H, W, C)."""

    def at_network(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the images (N, h, w, c) in [0, 1] that the gradient graph gets."""

    def pull_back(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient by the images from that by the images at the network."""


class NetworkEntry:
    """Images at the network's size: only the values of their samples are prepared."""

    def __init__(self, pipeline: Pipeline, value: onnx.ValueInfoProto) -> None:
        self.image_shape: Shape = (*pipeline.size, pipeline.channels)
        self._prepare = Session(values_model(pipeline, value))

    def checked(self, images: NDArray[Any], name: str) -> NDArray[Any]:
        """Return images as floats in [0, 1]."""
        return check_batch(images, self.image_shape, name)

    def prepare(self, images: NDArray[np.float32]) -> NDArray[Any]:
        """Return the prepared values."""
        (prepared,) = self._prepare.run({IMAGE: images})
        return prepared

    def at_network(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the images: they are there."""
        return images

    def pull_back(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient as it is."""
        return gradient


class FileEntry:
    """Images as files have them: rounded to 8 bits, then through the deployed pipeline itself.

    Parameters
    ----------
    pipeline
        Ending in the model's layout and type.
    shape
        (H, W, C) of the files.

    Attributes
    ----------
    form
        The affine form of the pipeline's geometry.

    Raises
    ------
    ShapeError
        If a step does not take that size.
    """

    def __init__(self, pipeline: Pipeline, shape: tuple[int, int, int]) -> None:
        self.image_shape: Shape = shape
        self._shape = shape
        self._pipeline = pipeline
        self.form = pipeline.geometry.linear(shape)
        self._samples = SampleMap.of(pipeline)

    @cached_property
    def array_pipeline(self) -> ArrayPipeline:
        """The pipeline as array code."""
        noise = np.random.default_rng(0).random((1, *self._shape), np.float32)
        return ArrayPipeline.of(self.form, noise, self.at_network(noise))

    def checked(self, images: NDArray[Any], name: str) -> NDArray[Any]:
        """Return bytes as they are: the pipeline takes them; other images as floats in [0, 1]."""
        if images.dtype == np.uint8 and images.shape[1:] == self.image_shape:
            return images
        return check_batch(images, self.image_shape, name)

    def prepare(self, images: NDArray[Any]) -> NDArray[Any]:
        """Return what the real pipeline makes of the images as they would be stored."""

        def work(row: int) -> NDArray[Any]:
            return self._pipeline.prepare(to_uint8(images[row]))

        prepared = for_each_item(work, len(images))
        if not prepared:
            return self._pipeline.prepare(np.zeros(self._shape, np.uint8))[np.newaxis][:0]
        return np.stack(prepared)

    def at_network(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the prepared values as images in [0, 1]."""
        values = self.prepare(images)
        layout = self._pipeline.layout_step
        return self._samples.invert(layout.restore(values, self.form.output_shape))

    def pull_back(self, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient through the adjoint of the pipeline's affine form."""
        own = for_each_item(lambda row: self.form.adjoint(gradient[row]), len(gradient))
        # A large file comes alone, and is not copied.
        return own[0][np.newaxis] if len(own) == 1 else np.stack(own)
