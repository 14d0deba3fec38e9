"""A model as sessions take it: its graph once, its large weights where all of them share them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnx

from percept_adv.classifier.source import MemorySource, ModelSource
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.maps import had_maps
from percept_adv.runtime import map_weights, spool_weights

if TYPE_CHECKING:
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


def open_model(source: ModelSource | MemorySource) -> OpenModel:
    """Read a model.

    Raises
    ------
    ModelFormatError
        If it is none, or lacks its weights.
    """
    if isinstance(source, MemorySource):
        given = onnx.load_from_string(source.content)
        model = load_model(given)
        content = source.content if model is given else model.SerializeToString()
        return _spooled(OpenModel(model, content, Path(), None))
    model, folder = load_model(source.path), source.path.parent
    weights = map_weights(model, folder)
    deployed: Path | bytes = source.path
    if had_maps(model):  # Sessions cannot give maps as arrays.
        deployed = model.SerializeToString()
    opened = OpenModel(model, deployed, folder, weights)
    return opened if weights else _spooled(opened)


def _spooled(opened: OpenModel) -> OpenModel:
    spooled = spool_weights(opened.model)
    if spooled is None:
        return opened
    model, weights = spooled
    return OpenModel(model, model.SerializeToString(), weights.folder, weights)
