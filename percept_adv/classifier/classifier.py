"""A deployed classifier, white-box: logits from its own file, gradients from a derived graph."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.classifier.constants import record_of
from percept_adv.classifier.contracts import find_pipeline
from percept_adv.classifier.deciding import Deciding
from percept_adv.classifier.differentiated import Differentiated, Evaluation
from percept_adv.classifier.entry import FileEntry, NetworkEntry
from percept_adv.classifier.inputs import checked_place
from percept_adv.classifier.opening import open_model
from percept_adv.classifier.prefix import IMAGE
from percept_adv.classifier.source import MemorySource, find_source
from percept_adv.decisions.heads import SCORES
from percept_adv.errors import ModelError, ShapeError
from percept_adv.gradients import refuse_open_inputs
from percept_adv.gradients.ports import choose_input, choose_output, dimensions_of
from percept_adv.images import as_array, content_sha256
from percept_adv.runtime import Session, resolve_provider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.classifier.contracts import Given
    from percept_adv.classifier.entry import Entry
    from percept_adv.classifier.inputs import Place
    from percept_adv.classifier.source import Model
    from percept_adv.classifier.verification import Loss
    from percept_adv.decisions import Decision
    from percept_adv.gradients import GraphLoss
    from percept_adv.runtime import Provider

_LOGGER = logging.getLogger("percept_adv.classifier")


class Classifier(Deciding):
    """An image classifier in an ONNX file.

    Two kinds of session are kept: the deployed model, untouched, which alone decides
    what an image is classified as; and gradient graphs derived from it, which steer.

    Parameters
    ----------
    model
        Path of an ``.onnx`` file, the name of a bundled model, or a model in memory: a ModelProto
        or the content of a file.
    preprocessing
        What is done to a file before it enters the model: a `percept_adv.pipeline.Pipeline`, or a
        mapping or TOML file with its ``steps``, or with some of ``layout``, ``channel_order``,
        ``height``, ``width``, ``mean``, ``std`` (on the scale of [0, 1]) and ``resize``. What is
        not given comes from the catalogue for a bundled model, otherwise from the shape of the
        input, values in [0, 1].
    provider
        ``"cuda"``, ``"cpu"``, or ``"auto"`` for CUDA where it works.
    input_name, output_name
        The image input and the class scores, where the model has several that fit.
    inputs
        Constants for the inputs besides the image, by their names: numbers or arrays, which are
        broadcast to the inputs' shapes; a free batch is the images'.
    decision
        What counts as an answer: a `percept_adv.decisions.Decision`, or its name, such as
        ``"topk:5"`` or ``"binary:0.7"``; by default what the output suggests.
    reference
        For a decision about embeddings: the image to compare with, as a file or as (H, W, C).
    batch_size
        Run the model in batches of exactly this size, the last one padded, so that no result
        depends on how many images were given; by default in one batch. A model of a fixed batch
        size keeps its own.
    at
        Where perturbations live: ``"file"`` or ``"network"``; by default in the file as soon as
        the pipeline changes the size. It decides what `read` returns and `taking` takes.
    class_names
        Names of the classes, in the order of the model's outputs; by default those of the
        catalogue for a bundled model.

    Attributes
    ----------
    name, sha256 : str
    path : Path or None
        None for a model in memory.
    pipeline : Pipeline
        What is done to a file; images given to the methods are what its geometry makes of one,
        and those of `at_file` the files themselves.
    input_name, output_name : str
        Of the image, and of the scores.
    inputs : dict
        A record of the constants for other inputs: their values, or shape and digest of many.
    place : str
        ``"file"`` or ``"network"``: where the perturbations of attacks live.
    decision : Decision
    class_count : int
        Number of scores that the decision is taken on.
    class_names : list of str or None
    notes : list of str
        What a user should know: a guessed contract, probabilities instead of logits.

    Raises
    ------
    ModelError
        If the file is no usable model.
    ProviderError
        If ``cuda`` is asked for and not there.

    Notes
    -----
    A copy, also one that was pickled, is built anew from the same model.

    Examples
    --------
    >>> classifier = percept_adv.Classifier("c4", provider="cpu")
    >>> images = np.full((1, 28, 28, 1), 0.5)
    >>> classifier.logits(images).shape, classifier.predict(images).shape
    ((1, 10), (1,))
    >>> classifier.gradient(images, cotangent=np.eye(10)[:1]).shape
    (1, 28, 28, 1)
    """

    def __init__(
        self,
        model: Model,
        *,
        preprocessing: Given | None = None,
        provider: Provider = "auto",
        input_name: str | None = None,
        output_name: str | None = None,
        inputs: Mapping[str, ArrayLike] | None = None,
        decision: Decision | str | None = None,
        reference: NDArray[Any] | str | Path | None = None,
        batch_size: int | None = None,
        at: Place | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        source = find_source(model)
        self._recipe = {
            "preprocessing": preprocessing,
            "provider": provider,
            "input_name": input_name,
            "output_name": output_name,
            "inputs": inputs,
            "decision": decision,
            "reference": reference,
            "batch_size": batch_size,
            "at": at,
            "class_names": class_names,
        }
        self.name, self.sha256 = source.name, source.sha256
        self.path = None if isinstance(source, MemorySource) else source.path
        self.provider = resolve_provider(provider)
        opened = open_model(source, inputs or {}, input_name)
        self.notes: list[str] = opened.notes
        self.inputs, self._reference = record_of(inputs or {}), _digest(reference)
        self._model = opened.model
        self._image = choose_input(self._model.graph, input_name)
        output = choose_output(self._model.graph, output_name)
        self.input_name, self.output_name = self._image.name, output.name
        found = find_pipeline(preprocessing, source.contract, self._model, self._image, self.path)
        refuse_open_inputs(self._model.graph, self._image.name)
        self.pipeline = found.pipeline
        self.place = checked_place(at, self.pipeline)
        self.notes += found.notes
        self._fixed_batch = (dimensions_of(self._image) or [None])[0] or batch_size
        self._network = NetworkEntry(self.pipeline, self._image)
        self._entry: Entry = self._network
        self._deployed = Session(opened.deployed, provider=self.provider, weights=opened.weights)
        self._scoring, self.class_count = self._find_scoring(decision, reference)
        self._gradients = Differentiated(
            opened,
            self.pipeline,
            self._image.name,
            output,
            self._scoring,
            name=self.name,
            provider=self.provider,
            fixed_batch=self._fixed_batch,
        )
        self.decision = self._scoring.decision
        own = source.class_names if class_names is None else list(class_names)
        if own is None and found.class_names and len(found.class_names) == self.class_count:
            own = list(found.class_names)
        self.class_names = self.decision.class_names or own
        self._check_class_names()
        self._origin = source.content if isinstance(source, MemorySource) else source.path.resolve()

    def __repr__(self) -> str:
        size = " x ".join("any" if side is None else str(side) for side in self.image_shape)
        return (
            f"<Classifier {self.name}: images (N, H, W, C) of {size}, {self.class_count} classes, "
            f"on {self.provider}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        shape = self.image_shape if isinstance(self._entry, FileEntry) else None
        recipe = self._recipe | {"preprocessing": self.pipeline, "provider": self.provider}
        return _rebuild, (self._origin, self.sha256, recipe, shape)

    def gradient(
        self, images: NDArray[Any], cotangent: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return J(x)^T cotangent for each image, J the Jacobian of the scores of `logits`.

        Parameters
        ----------
        images
            As for `logits`.
        cotangent
            (N, K).

        Returns
        -------
        ndarray of float32
            The shape of the images.

        Raises
        ------
        ShapeError
            If the cotangent does not have the scores' shape, or as `logits`.
        ImageError
            As `logits`.
        """
        batch = self.checked_images(images)
        vectors = as_array(cotangent, "the cotangent", np.float32)
        if vectors.shape != (len(batch), self.class_count):
            raise ShapeError(
                f"the cotangent has shape {vectors.shape}: give {(len(batch), self.class_count)}"
            )
        at_network = self._entry.at_network(batch)
        feeds = {IMAGE: at_network, "cotangent": vectors}
        (gradient,) = self._run("cotangent", feeds, ["input_gradient"])
        return self._entry.pull_back(gradient).reshape(np.shape(images))

    def evaluate(
        self,
        images: NDArray[Any],
        labels: NDArray[np.integer],
        *,
        loss: Loss,
        scale: NDArray[np.floating] | None = None,
    ) -> Evaluation:
        """Return logits, losses and their gradients in one run of the gradient graph.

        Parameters
        ----------
        images
            As for `logits`.
        labels
            (N,), counted from 0.
        loss
            See `percept_adv.build_gradient_graph`.
        scale
            (N,): what the scores are multiplied by inside the loss; 1 by default.

        Returns
        -------
        Evaluation
            Scores, losses and gradients.

        Raises
        ------
        ShapeError, ImageError
            As `logits`.
        ParameterError
            If the labels do not fit the decision.
        """
        batch = self.checked_images(images)
        at_network = self._entry.at_network(batch)
        feeds: dict[str, NDArray[Any]] = {
            IMAGE: at_network,
            "label": self.checked_labels(labels, len(batch)),
            "logit_scale": np.ones(len(batch), np.float32)
            if scale is None
            else np.asarray(scale, np.float32),
        }
        outputs = [SCORES, "loss", "input_gradient"]
        logits, losses, gradient = self._run(loss, feeds, outputs)
        own = self._entry.pull_back(gradient).reshape(np.shape(images))
        return Evaluation(logits, losses, own)

    @property
    def differentiated(self) -> Differentiated:
        """The gradient graphs behind it, by images at the network and by inner tensors."""
        return self._gradients

    def take_images_one_by_one(self) -> None:
        """Run the model on one image at a time from now on, unless its batch size is fixed.

        For a model whose results for an image depend on the others in the batch, as where
        activations are quantised by the range of the whole batch.
        """
        if self._fixed_batch is None:
            self._fixed_batch = self._gradients.fixed_batch = 1
            self._recipe["batch_size"] = 1

    def check_gradient_at(self, images: NDArray[np.float32]) -> None:
        """Check at a new size of images that the gradient is that of the deployed model.

        Parameters
        ----------
        images
            (N, H, W, C), floats in [0, 1].

        Raises
        ------
        ModelError
            If it is not.
        """
        self._check_gradient(self._entry.at_network(images), "cotangent")

    def _check_gradient(self, at_network: NDArray[np.float32], loss: GraphLoss) -> None:
        if not len(at_network):
            return
        note = self._gradients.verify(
            at_network[0],
            loss,
            lambda images: self._scoring.scores(self._outputs_at(self._network, images)),
        )
        if note is not None:
            self.notes.append(note)
            _LOGGER.info("%s: %s", self.name, note)

    def _run(
        self, loss: GraphLoss, feeds: dict[str, NDArray[Any]], outputs: list[str]
    ) -> list[NDArray[np.float32]]:
        """Run a gradient graph, at a new size of images not before it has been checked."""
        self._check_gradient(feeds[IMAGE], loss)
        return self._gradients.run(loss, feeds, outputs)


def _digest(reference: NDArray[Any] | str | Path | None) -> Any:
    """Return what tells a reference image from others."""
    if reference is None:
        return None
    if isinstance(reference, str | Path):
        return content_sha256(Path(reference))
    return record_of({"reference": reference})["reference"]


def _rebuild(
    model: Path | bytes,
    sha256: str,
    recipe: dict[str, Any],
    shape: tuple[int, ...] | None,
) -> Classifier:
    """Build the copy of a classifier.

    Raises
    ------
    ModelError
        If the file has changed, or is another one on this machine.
    """
    classifier = Classifier(model, **recipe)
    if classifier.sha256 != sha256:
        raise ModelError(
            f"{classifier.path} has SHA-256 {classifier.sha256}, and the classifier that is copied "
            f"was made of {sha256}: give both the same file"
        )
    return classifier if shape is None else classifier.at_file(shape)
