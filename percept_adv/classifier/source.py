"""Where a classifier comes from: a file, or the name of a bundled model."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import percept_adv_models

from percept_adv.classifier.contract import InputContract
from percept_adv.errors import ModelFormatError, ModelNotFoundError

if TYPE_CHECKING:
    from percept_adv_models import ModelCard


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model file, and what the catalogue knows of it (None for the user's own)."""

    name: str
    path: Path
    sha256: str
    card: ModelCard | None

    @property
    def contract(self) -> InputContract | None:
        """The input contract in the catalogue."""
        return InputContract(**asdict(self.card.input)) if self.card else None

    @property
    def class_names(self) -> list[str] | None:
        """The class names in the catalogue."""
        return percept_adv_models.class_names(self.card.name) if self.card else None


def find_model(model: str | Path) -> ModelSource:
    """Find a model by path, or by name among the bundled ones.

    Raises
    ------
    ModelNotFoundError
        If it is neither.
    ModelFormatError
        If the file cannot be read.
    """
    text = str(model)
    if text in percept_adv_models.names():
        path = percept_adv_models.path(text)
        return ModelSource(text, path, _digest(path), percept_adv_models.describe(text))
    path = Path(model)
    if not path.is_file():
        known = ", ".join(percept_adv_models.names())
        raise ModelNotFoundError(f"{text}: no such file, and no bundled model (those are: {known})")
    digest = _digest(path)
    return ModelSource(path.stem, path, digest, percept_adv_models.find_by_sha256(digest))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
