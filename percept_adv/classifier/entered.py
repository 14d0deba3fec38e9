"""Where images enter a classifier: as files have them, at the network, or in blocks of pixels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from percept_adv.classifier.arrays import check_batch
from percept_adv.classifier.coarse import Blocks, CoarseEntry
from percept_adv.classifier.entry import FileEntry, NetworkEntry
from percept_adv.classifier.inputs import read_fitting
from percept_adv.errors import ShapeError

if TYPE_CHECKING:
    import os

    import onnx
    from numpy.typing import NDArray

    from percept_adv.classifier.array_pipeline import ArrayPipeline
    from percept_adv.classifier.entry import Entry
    from percept_adv.classifier.inputs import Place
    from percept_adv.pipeline import Pipeline


class Entered(ABC):
    """The part of a classifier that knows where images enter it.

    Classifiers that differ in this alone share their sessions.
    """

    name: str
    pipeline: Pipeline
    inputs: dict[str, Any]
    place: Place
    _entry: Entry
    _network: NetworkEntry
    _image: onnx.ValueInfoProto

    @abstractmethod
    def logits(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return scores (N, K) of images."""

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """Height and width of the images that it takes, None where any will do, and channels."""
        return self._entry.image_shape

    def checked_images(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return images as every method takes them, (N, H, W, C) float32 in [0, 1].

        8-bit integers are divided by 255.

        Parameters
        ----------
        images
            (N, H, W, C), or (N, H, W) for a model of one channel; floats in [0, 1] or 8-bit
            integers.

        Returns
        -------
        ndarray of float32
            (N, H, W, C).

        Raises
        ------
        ShapeError
            If they are no batch of that size.
        ImageError
            If a value is NaN, infinite or outside [0, 1].
        """
        return check_batch(images, self.image_shape, self.name)

    @property
    def array_pipeline(self) -> ArrayPipeline | None:
        """The pipeline between the images and the network as array code; None where they are there.

        Raises
        ------
        ShapeError
            If it is no such thing: a large file in blocks of pixels.
        """
        if isinstance(self._entry, FileEntry):
            return self._entry.array_pipeline
        if self._entry is not self._network:
            raise ShapeError("a file in blocks of pixels has no pipeline of its own")
        return None

    def at_file(self, shape: tuple[int, ...]) -> Self:
        """Return this classifier for images as files have them, before its pipeline.

        Its logits are those of the real pipeline (Pillow or OpenCV on the image rounded to 8 bits)
        and the deployed model; its gradients are taken at what the pipeline makes of the image,
        and pulled back through the adjoint of the pipeline's affine form.

        Parameters
        ----------
        shape
            (H, W, C) or (H, W) of the files.

        Returns
        -------
        Classifier
            Of the same sessions.

        Raises
        ------
        ShapeError
            If the pipeline does not take that size.

        Examples
        --------
        >>> from percept_adv import Classifier
        >>> classifier = Classifier("efficientnet-lite0")
        >>> classifier.at_file((300, 400, 3)).logits(np.zeros((1, 300, 400, 3), np.uint8)).shape
        (1, 1000)
        """
        height, width, channels = (*shape, self.pipeline.channels)[:3]
        return self._entering(FileEntry(self.pipeline, (height, width, channels)))

    def read(self, path: str | os.PathLike[str]) -> tuple[NDArray[np.float32], list[str]]:
        """Read a file as an attack takes it, and say in words what was done to it.

        Parameters
        ----------
        path
            An image file.

        Returns
        -------
        image, notes
            (H, W, C) floats in [0, 1], each a multiple of 1/255: the image itself where
            perturbations live in the file, what the pipeline's geometry makes of it where they
            live at the network. And one sentence for each change.

        Raises
        ------
        ImageError, ShapeError
            If the file cannot be read, or the pipeline does not take its size.
        """
        return read_fitting(path, self.pipeline, self.place)

    def taking(self, shape: tuple[int, ...]) -> Self:
        """Return this classifier for images of a shape (H, W, C), as `read` returns them.

        Parameters
        ----------
        shape
            (H, W, C).

        Returns
        -------
        Classifier
            Of the same sessions.

        Raises
        ------
        ShapeError
            If the pipeline does not take that size.
        """
        return self if self.place == "network" else self.at_file(shape)

    @property
    def blocks(self) -> Blocks | None:
        """The blocks of pixels in which a large file is attacked; None where files are small."""
        if not isinstance(self._entry, FileEntry):
            return None
        return Blocks.of(self._entry.form.input_shape, self._entry.form.output_shape)

    @property
    def seen(self) -> NDArray[np.bool_] | None:
        """Where a file (H, W) reaches the network, as a crop's borders do not; None if all does."""
        if not isinstance(self._entry, FileEntry):
            return None
        form = self._entry.form
        seen = np.zeros(form.input_shape[:2], bool)
        seen[form.seen] = True
        return None if seen.all() else seen

    def in_blocks(
        self, image: NDArray[np.float32], means: NDArray[np.float32], blocks: Blocks
    ) -> Self:
        """Return this classifier for what `blocks` make of one file.

        Parameters
        ----------
        image
            (H, W, C): the file.
        means
            (h, w, C): ``blocks.means(image)``, the image of blocks that is the file's own.
        blocks
            The grid.

        Returns
        -------
        Classifier
            Of the same sessions; it takes images of blocks.

        Raises
        ------
        TypeError
            If this classifier does not take images as files have them.
        """
        if not isinstance(self._entry, FileEntry):
            raise TypeError("only a classifier for files sees them in blocks")
        return self._entering(CoarseEntry(self._entry, self._network, image, means, blocks))

    def scores_through(self, pipeline: Pipeline, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the scores of images (N, H, W, C), as `read` returns them, behind a pipeline.

        For comparing it with this classifier's own: gradients are not to be had that way.

        Parameters
        ----------
        pipeline
            Takes the place of the classifier's own.
        images
            As `read` returns them.

        Returns
        -------
        ndarray of float32
            (N, K).

        Raises
        ------
        ShapeError
            If the pipeline does not take that size.
        """
        own = self.pipeline.steps
        other = pipeline.ending(self.pipeline.layout_step, own[-1].name)  # type: ignore[attr-defined]
        entry: Entry
        if self.place == "network":
            entry = NetworkEntry(other, self._image)
        else:
            entry = FileEntry(other, images.shape[1:])
        return self._entering(entry).logits(images)

    def _entering(self, entry: Entry) -> Self:
        """Return the same classifier, sessions shared, with another entry."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin._entry = entry
        return twin
