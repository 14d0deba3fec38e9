"""A model as sessions take it: its graph once, its large weights where all of them share them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnx

from percept_adv.classifier.source import MemorySource, ModelSource
from percept_adv.gradients import load_model, scores_of_labels, with_constant_inputs
from percept_adv.gradients.labels_only import scores_of_the_best
from percept_adv.gradients.maps import had_maps
from percept_adv.runtime import map_weights, spool_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from percept_adv.runtime.weights import MappedWeights


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model that was read.

    Attributes
    ----------
    model
        Its graph; large weights may be outside.
    deployed
        What a session loads: the user's own file wherever possible.
    folder
        Where weights outside the model are.
    weights
        Those that sessions share, if there are such.
    """

    model: onnx.ModelProto
    deployed: Path | bytes
    folder: Path
    weights: MappedWeights | None

    @property
    def notes(self) -> list[str]:
        """What a user should know of how it was read."""
        scores = scores_of_labels(self.model)
        if scores is None:
            return []
        graph = self.model.graph
        best = any(scores_of_the_best(graph, value.name) == scores for value in graph.output)
        gives = "the best scores only" if best else "labels only"
        told = f"the model gives {gives}: the scores in front of them decide and are attacked"
        return [f"{told}, output {scores!r}"]


def open_model(
    source: ModelSource | MemorySource,
    inputs: Mapping[str, ArrayLike],
    input_name: str | None,
) -> OpenModel:
    """Read a model, some of its inputs held constant; see `with_constant_inputs`.

    Raises
    ------
    ModelFormatError
        If it is none, or lacks its weights.
    ModelError, ParameterError
        If it has no such inputs, or the constants do not fit them.
    """
    if isinstance(source, MemorySource):
        given = onnx.load_from_string(source.content)
        model = with_constant_inputs(load_model(given), inputs, input_name=input_name)
        content = source.content if model is given else model.SerializeToString()
        return _spooled(OpenModel(model, content, Path(), None))
    folder = source.path.parent
    read = load_model(source.path)
    model = with_constant_inputs(read, inputs, input_name=input_name)
    weights = map_weights(model, folder)
    deployed: Path | bytes = source.path
    # Sessions cannot give maps as arrays, nor what is no output in the file.
    if had_maps(read) or model is not read or scores_of_labels(model) is not None:
        deployed = model.SerializeToString()
    opened = OpenModel(model, deployed, folder, weights)
    return opened if weights else _spooled(opened)


def _spooled(opened: OpenModel) -> OpenModel:
    spooled = spool_weights(opened.model)
    if spooled is None:
        return opened
    model, weights = spooled
    return OpenModel(model, model.SerializeToString(), weights.folder, weights)
