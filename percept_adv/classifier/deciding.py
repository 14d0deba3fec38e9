"""The part of a classifier that decides: the deployed model's own session, untouched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.classifier.batching import run_in_batches
from percept_adv.classifier.entered import Entered
from percept_adv.classifier.inputs import read_fitting
from percept_adv.classifier.outputs import recognise_kind
from percept_adv.classifier.scoring import Scoring, as_rows, default_decision
from percept_adv.decisions import Decision, parse_decision
from percept_adv.errors import ParameterError
from percept_adv.gradients import head_kind, increasing_end, last_operator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import onnx
    from numpy.typing import NDArray

    from percept_adv.classifier.entry import Entry
    from percept_adv.runtime import Session


class Deciding(Entered):
    """What the deployed model makes of images: outputs, scores and the decision on them."""

    input_name: str
    output_name: str
    class_count: int
    class_names: Sequence[str] | None
    decision: Decision
    notes: list[str]
    _model: onnx.ModelProto
    _deployed: Session
    _scoring: Scoring
    _fixed_batch: int | None
    _reference: Any

    @property
    def contract_record(self) -> dict[str, Any]:
        """What decides an answer besides the model's file, as JSON holds it.

        The pipeline and where images enter it, names of input and output, and the decision; the
        reference that it compares with and constants for other inputs, if any.
        """
        reference = {} if self._reference is None else {"reference": self._reference}
        constants = {"inputs": self.inputs} if self.inputs else {}
        return {
            "pipeline": self.pipeline.table(),
            "at": self.place,
            "input_name": self.input_name,
            "output_name": self.output_name,
            "decision": self.decision.name,
            **reference,
            **constants,
        }

    def logits(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the scores (N, K) that the deployed model's decision is taken on.

        These are its logits, or log-odds where it gives probabilities, behind the decision's head.

        Parameters
        ----------
        images
            (N, H, W, C), floats in [0, 1] or 8-bit integers, which are divided by 255, of the
            network's size; (N, H, W) for a model of one channel. Images of a fixed size may be
            flat, (N, H W C).

        Returns
        -------
        ndarray of float32
            (N, K).

        Raises
        ------
        ShapeError, ImageError
            If the images do not fit the network, or hold NaN, Inf or values outside [0, 1].
        """
        return self._scoring.scores(self._outputs(self._entry.checked(images, self.name)))

    def predict(self, images: NDArray[Any]) -> NDArray[np.int64]:
        """Return the deployed model's decisions: classes (N,) counted from 0, or labels (N, K).

        Parameters
        ----------
        images
            As for `logits`.

        Returns
        -------
        ndarray of int64
            (N,) or (N, K).

        Raises
        ------
        ShapeError, ImageError
            As `logits`.
        """
        return self.decision.rule.predict(self.logits(images))

    @property
    def fixed_batch(self) -> int | None:
        """Images in each run of the model; None for any number."""
        return self._fixed_batch

    def checked_labels(self, labels: NDArray[np.integer] | int, count: int) -> NDArray[np.int64]:
        """Return labels as the decision takes them: (N,) classes, or (N, K) of independent labels.

        Parameters
        ----------
        labels
            (N,) or (N, K), or one class for all images.
        count
            N.

        Returns
        -------
        ndarray of int64
            (N,) or (N, K).

        Raises
        ------
        ParameterError
            If they do not fit the decision.
        """
        return self.decision.rule.checked_goals(labels, count, self.class_count, self.name)

    def _outputs(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the deployed model gives, (N, K), behind its own pipeline."""
        return self._outputs_at(self._entry, batch)

    def _outputs_at(self, entry: Entry, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        feeds = {self._image.name: entry.prepare(batch)}
        names = [self.output_name]
        (outputs,) = run_in_batches(self._deployed, feeds, names, self._fixed_batch)
        return as_rows(outputs, len(batch), f"{self.name}: output {self.output_name!r}")

    def _find_scoring(
        self, decision: Decision | str | None, reference: NDArray[Any] | str | Path | None
    ) -> tuple[Scoring, int]:
        """Run the deployed model once; return how its outputs become scores, and how many."""
        height, width, channels = self.image_shape
        shape = (2, height or 224, width or 224, channels)
        outputs = self._outputs(np.random.default_rng(0).random(shape, dtype=np.float32))
        operator = last_operator(self._model.graph, self.output_name)
        kind = recognise_kind(outputs, head_kind(self._model, self.output_name))
        named = f"output {self.output_name!r}"
        if kind != "logits":
            self.notes.append(f"{named} holds probabilities, not logits: attacks use the log-odds")
        if decision is None:
            decision, note = default_decision(outputs.shape[1], kind, operator, named)
            if note is not None:
                self.notes.append(note)
        elif isinstance(decision, str):
            embed = None if reference is None else lambda: self._embedding_of(reference)
            decision = parse_decision(decision, embed)
        scoring = Scoring(kind, decision, increasing_end(self._model, self.output_name))
        return scoring, scoring.count(outputs, named)

    def _embedding_of(self, reference: NDArray[Any] | str | Path) -> NDArray[np.float32]:
        """Return what the deployed model gives for a reference image, (1, K)."""
        if not isinstance(reference, str | Path):
            return self._outputs(self.checked_images(np.asarray(reference)[np.newaxis]))
        pixels, _ = read_fitting(reference, self.pipeline, "file")
        at_file = self.at_file(pixels.shape)
        return at_file._outputs(at_file.checked_images(pixels[np.newaxis]))

    def _check_class_names(self) -> None:
        if self.class_names is not None and len(self.class_names) != self.class_count:
            raise ParameterError(
                f"{len(self.class_names)} class names are given, and {self.name} has "
                f"{self.class_count} classes: give one name for each"
            )
