"""Where a classifier comes from: a file, the name of a bundled model, or memory."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import onnx
import percept_adv_models
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from percept_adv.errors import ModelFormatError, ModelNotFoundError
from percept_adv.gradients.loading import load_model

if TYPE_CHECKING:
    from percept_adv_models import ModelCard

Model: TypeAlias = str | Path | bytes | onnx.ModelProto
"""A path, a name, the content of a file, or a model that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model, and what the catalogue knows of it (None for the user's own)."""

    name: str
    sha256: str
    card: ModelCard | None

    @property
    def contract(self) -> dict[str, Any] | None:
        """The fields of the contract in the catalogue."""
        return asdict(self.card.input) if self.card else None

    @property
    def class_names(self) -> list[str] | None:
        """The class names in the catalogue."""
        return percept_adv_models.class_names(self.card.name) if self.card else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource(Source):
    """A model file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySource(Source):
    """The content that a model's file would have."""

    content: bytes


def find_source(model: Model) -> ModelSource | MemorySource:
    """Find a model in memory, by path, or by name among the bundled ones.

    Raises
    ------
    ModelNotFoundError
        If it is a name or path of none.
    ModelFormatError
        If it cannot be read.
    """
    if isinstance(model, bytes):
        model = _parse(model)
    if isinstance(model, onnx.ModelProto):
        content: bytes = load_model(model).SerializeToString()
        digest = hashlib.sha256(content).hexdigest()
        card = percept_adv_models.find_by_sha256(digest)
        name = card.name if card else model.graph.name or "model"
        return MemorySource(name=name, sha256=digest, card=card, content=content)
    if not isinstance(model, str | PathLike):
        raise ModelNotFoundError(
            f"{model!r} is no model: give a path, the name of a bundled one, an onnx.ModelProto or "
            "the bytes of a file"
        )
    return find_model(model)


def find_model(model: str | Path) -> ModelSource:
    """Find a model by path, or by name among the bundled ones.

    Parameters
    ----------
    model
        Path of an ``.onnx`` file or of a folder with one, or the name of a bundled model.

    Returns
    -------
    ModelSource
        The file and what the catalogue knows of it.

    Raises
    ------
    ModelNotFoundError
        If it is neither.
    ModelFormatError
        If the file cannot be read.

    Examples
    --------
    >>> from percept_adv.classifier import find_model
    >>> find_model("c4").name
    'c4'
    """
    text = str(model)
    if text in percept_adv_models.names():
        path = percept_adv_models.path(text)
        card = percept_adv_models.describe(text)
        return ModelSource(name=text, sha256=_digest(path), card=card, path=path)
    path = _file_of(Path(model))
    if not path.is_file():
        known = ", ".join(percept_adv_models.names())
        raise ModelNotFoundError(f"{text}: no such file, and no bundled model (those are: {known})")
    digest = _digest(path)
    known_card = percept_adv_models.find_by_sha256(digest)
    return ModelSource(name=path.stem, sha256=digest, card=known_card, path=path)


def _file_of(path: Path) -> Path:
    """Return the model of a folder, as exporters write it; a file as it is.

    Raises
    ------
    ModelNotFoundError
        If the folder has no model, or several of other names.
    """
    if not path.is_dir():
        return path
    for folder in (path, path / "onnx"):
        found = sorted(folder.glob("*.onnx"))
        for file in found:
            if file.name == "model.onnx" or len(found) == 1:
                return file
        if found:
            names = ", ".join(file.name for file in found)
            raise ModelNotFoundError(f"{path} holds several models: give one of {names}")
    raise ModelNotFoundError(f"{path} is a folder without a model: give an .onnx file")


def _parse(content: bytes) -> onnx.ModelProto:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ModelFormatError(
            f"the {len(content)} bytes of the model are no ONNX model, or a truncated one: "
            "give the content of an .onnx file"
        ) from error
    return model


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
