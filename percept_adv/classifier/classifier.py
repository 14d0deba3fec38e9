"""A deployed classifier, white-box: logits from its own file, gradients from a derived graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from onnx.helper import tensor_dtype_to_np_dtype

from percept_adv.classifier.batching import run_in_batches
from percept_adv.classifier.contract import InputContract, read_contract
from percept_adv.classifier.guessing import check_fit, guess_contract, input_dimensions
from percept_adv.classifier.outputs import log_odds, look_like_probabilities, softmax
from percept_adv.classifier.prefix import IMAGE, append_logarithm, attach_contract, contract_model
from percept_adv.classifier.source import find_model
from percept_adv.errors import ModelError, ParameterError, ShapeError
from percept_adv.gradients import build_gradient_graph, check_model, expose_logits
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.ports import choose_input, choose_output
from percept_adv.runtime import Session, map_weights, resolve_provider, spool_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.runtime import Provider

Loss = Literal["margin", "logit_difference", "cross_entropy"]
GraphLoss = Literal["cotangent", "margin", "logit_difference", "cross_entropy"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Logits (N, K), losses (N,) and their gradients (N, H, W, C) at N images."""

    logits: NDArray[np.float32]
    loss: NDArray[np.float32]
    gradient: NDArray[np.float32]


class Classifier:
    """An image classifier in an ONNX file.

    Two kinds of session are kept: the deployed model, untouched, which alone decides
    what an image is classified as; and gradient graphs derived from it, which steer.

    Parameters
    ----------
    model
        Path of an ``.onnx`` file, or the name of a bundled model.
    preprocessing
        Input contract: an `InputContract`, a mapping of its fields, or the path of a TOML
        file. By default that of the catalogue for a bundled model, otherwise guessed from the
        shape of the input, values in [0, 1].
    provider
        ``"cuda"``, ``"cpu"``, or ``"auto"`` for CUDA where it works.
    input_name, output_name
        The image input and the class scores, where the model has several that fit.
    batch_size
        Run the model in batches of exactly this size, the last one padded, so that no result
        depends on how many images were given; by default in one batch. A model of a fixed batch
        size keeps its own.
    class_names
        Names of the classes, in the order of the model's outputs; by default those of the
        catalogue for a bundled model.

    Attributes
    ----------
    contract : InputContract
    class_names : list of str or None
    notes : list of str
        What a user should know: a guessed contract, probabilities instead of logits.

    Raises
    ------
    ModelError
        If the file is no usable model.
    ProviderError
        If ``cuda`` is asked for and not there.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        preprocessing: InputContract | Mapping[str, Any] | str | Path | None = None,
        provider: Provider = "auto",
        input_name: str | None = None,
        output_name: str | None = None,
        batch_size: int | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        source = find_model(model)
        self.name, self.path, self.sha256 = source.name, source.path, source.sha256
        self.class_names = source.class_names if class_names is None else list(class_names)
        self.provider = resolve_provider(provider)
        self.notes: list[str] = []
        deployed = self._read_model()
        self._image = choose_input(self._model.graph, input_name)
        output = choose_output(self._model.graph, output_name)
        self._output = output.name
        self._output_type = tensor_dtype_to_np_dtype(output.type.tensor_type.elem_type)
        self.contract = self._find_contract(preprocessing, source.contract)
        check_fit(self.contract, self._image)
        self._fixed_batch = (input_dimensions(self._image) or [None])[0] or batch_size
        self._prepare = Session(contract_model(self.contract, self._image))
        self._deployed = Session(deployed, provider=self.provider, weights=self._weights)
        self._gradient_sessions: dict[GraphLoss, Session] = {}
        self.gives_probabilities = self._probe()
        self._check_class_names()

    def _read_model(self) -> Path | bytes:
        """Load the model, put large weights where all sessions share them; return what runs."""
        self._model = load_model(self.path)
        self._weights = map_weights(self._model, self.path.parent)
        self._folder = self.path.parent
        spooled = spool_weights(self._model) if self._weights is None else None
        if spooled is None:
            return self.path
        self._model, self._weights = spooled
        self._folder = self._weights.folder
        content: bytes = self._model.SerializeToString()
        return content

    def _find_contract(self, given: Any, catalogued: InputContract | None) -> InputContract:
        if given is not None:
            return read_contract(given)
        if catalogued is not None:
            return catalogued
        guessed = guess_contract(self._image)
        self.notes.append(
            f"input contract guessed: {guessed.channel_order} {guessed.layout}, (x - mean) / std "
            f"with mean {guessed.mean} and std {guessed.std} on [0, 1]; give it if that is wrong"
        )
        return guessed

    def _probe(self) -> bool:
        """Run the deployed model once: number of classes, and logits or probabilities."""
        height, width = self.contract.size or (224, 224)
        shape = (2, height, width, self.contract.channels)
        images = np.random.default_rng(0).random(shape, dtype=np.float32)
        outputs = self._raw(images)
        if outputs.ndim != 2 or outputs.shape[0] != 2 or outputs.shape[1] < 2:
            raise ModelError(
                f"{self.path}: output {self._output!r} has the shape {outputs.shape} for 2 images: "
                "a classifier gives (2, classes) with 2 classes or more; choose another output"
            )
        self.class_count = int(outputs.shape[1])
        report = check_model(
            self._model,
            input_name=self._image.name,
            output_name=self._output,
            weights_folder=self._folder,
            inline_limit=0,
        )
        probabilities = report.output_kind == "probabilities" or look_like_probabilities(outputs)
        self._ends_in_softmax = report.output_kind == "probabilities"
        if probabilities:
            self.notes.append(
                f"output {self._output!r} holds probabilities, not logits: attacks use the log-odds"
            )
        return probabilities

    def _check_class_names(self) -> None:
        if self.class_names is not None and len(self.class_names) != self.class_count:
            raise ParameterError(
                f"{len(self.class_names)} class names are given, and {self.name} has "
                f"{self.class_count} classes: give one name for each"
            )

    def logits(self, images: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the deployed model's logits (N, K) for images in [0, 1].

        Parameters
        ----------
        images
            (N, H, W, C), or (N, H, W) for a model of one channel, of the contract's size.
            Log-odds stand for the logits of a model that gives probabilities.
        """
        outputs = self._raw(self._batch(images))
        return log_odds(outputs) if self.gives_probabilities else outputs

    def predict(self, images: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the deployed model's classes (N,), counted from 0."""
        classes: NDArray[np.int64] = self._raw(self._batch(images)).argmax(axis=1)
        return classes

    def confidences(self, images: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the deployed model's confidences (N, K): the softmax of its logits."""
        return softmax(self.logits(images)).astype(np.float32)

    def gradient(
        self, images: NDArray[np.floating], cotangent: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return J(x)^T cotangent for each image, J the Jacobian of the logits.

        Parameters
        ----------
        images
            As for `logits`.
        cotangent
            (N, K).
        """
        batch = self._batch(images)
        vectors = np.asarray(cotangent, np.float32)
        if vectors.shape != (len(batch), self.class_count):
            raise ShapeError(
                f"the cotangent has shape {vectors.shape}: give {(len(batch), self.class_count)}"
            )
        feeds = {IMAGE: batch, "cotangent": vectors.astype(self._output_type)}
        (gradient,) = self._run(self._gradient_session("cotangent"), feeds, ["input_gradient"])
        return gradient.reshape(images.shape)

    def evaluate(
        self, images: NDArray[np.floating], labels: NDArray[np.integer], *, loss: Loss
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
        """
        batch = self._batch(images)
        feeds: dict[str, NDArray[Any]] = {
            IMAGE: batch,
            "label": self.checked_labels(labels, len(batch)),
        }
        outputs = [self._output, "loss", "input_gradient"]
        logits, losses, gradient = self._run(self._gradient_session(loss), feeds, outputs)
        return Evaluation(logits, losses, gradient.reshape(images.shape))

    def checked_labels(self, labels: NDArray[np.integer], count: int) -> NDArray[np.int64]:
        """Return labels as (N,) integers.

        Raises
        ------
        ParameterError
            If they are not one class of the model for each image.
        """
        array = np.asarray(labels)
        if array.shape != (count,) or not np.issubdtype(array.dtype, np.integer):
            raise ParameterError(
                f"labels are {array.dtype} of shape {array.shape}: give {count} whole numbers"
            )
        if count and not (array.min() >= 0 and array.max() < self.class_count):
            raise ParameterError(
                f"labels go from {array.min()} to {array.max()}: {self.name} has the classes 0 "
                f"to {self.class_count - 1}"
            )
        return array.astype(np.int64)

    def _raw(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the deployed model gives, after its own input contract."""

        def compute(feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
            (prepared,) = self._prepare.run(feeds)
            return self._deployed.run({self._image.name: prepared}, [self._output])

        (outputs,) = run_in_batches(compute, {IMAGE: batch}, self._fixed_batch)
        return outputs.astype(np.float32, copy=False)

    def _run(
        self, session: Session, feeds: Mapping[str, NDArray[Any]], outputs: list[str]
    ) -> list[NDArray[np.float32]]:
        results = run_in_batches(lambda part: session.run(part, outputs), feeds, self._fixed_batch)
        return [result.astype(np.float32, copy=False) for result in results]

    def _gradient_session(self, loss: GraphLoss) -> Session:
        """Return the session of a gradient graph, built on first use."""
        if loss not in self._gradient_sessions:
            content, node_count = self._gradient_graph(loss)
            self._gradient_sessions[loss] = Session(
                content, provider=self.provider, weights=self._weights, node_count=node_count
            )
        return self._gradient_sessions[loss]

    def _gradient_graph(self, loss: GraphLoss) -> tuple[bytes, int]:
        """Return a gradient graph as bytes, its copies of the model gone, and its node count."""
        model = attach_contract(self._model, self.contract, self._image.name)
        if self._ends_in_softmax:
            model = expose_logits(
                model, output_name=self._output, weights_folder=self._folder, inline_limit=0
            )
        elif self.gives_probabilities:
            model = append_logarithm(model, self._output)
        graph = build_gradient_graph(
            model,
            loss=loss,
            input_name=IMAGE,
            output_name=self._output,
            weights_folder=self._folder,
            inline_limit=0,
        )
        content: bytes = graph.SerializeToString()
        return content, len(graph.graph.node)

    def _batch(self, images: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return images as float32 of shape (N, H, W, C) after checking them."""
        array = np.asarray(images, np.float32)
        if array.ndim == 3 and self.contract.channels == 1:
            array = array[..., np.newaxis]
        height, width = self.contract.size or array.shape[1:3]
        wanted = (height, width, self.contract.channels)
        if array.ndim != 4 or array.shape[1:] != wanted:
            raise ShapeError(
                f"images have the shape {np.shape(images)}: {self.name} takes (N, "
                f"{', '.join(map(str, wanted))})"
            )
        return array
