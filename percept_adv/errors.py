"""The exceptions that percept_adv raises on purpose.

::

    PerceptAdvError
    ├── InputError             an argument, image or file cannot be used
    │   ├── ImageError         a file is no image, or its values are unusable
    │   ├── ShapeError         arrays whose shapes do not fit each other
    │   ├── TableError         a table of labels cannot be read, or does not fit the model
    │   └── ParameterError     a parameter outside its range
    ├── OutputError            a result cannot be written
    │   └── ExistingOutputError  another result stands where this one would go
    ├── ModelError             a model cannot be used
    │   ├── ModelNotFoundError  no such file, and no bundled model
    │   ├── ModelFormatError   a file is no ONNX model, or a broken one
    │   ├── AmbiguousModelError  several inputs or outputs fit: the caller must choose
    │   └── UnsupportedOperatorError  an operator has no gradient rule
    ├── ProviderError          an execution provider is not really there
    │   └── DeviceMemoryError  its memory does not hold what was asked for
    ├── ConvergenceError       a solver did not reach its tolerance
    └── RunError               a run folder belongs to another configuration

Each message says what was wrong, with what value, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PerceptAdvError(Exception):
    """Base class: catch it to catch everything that the library raises on purpose."""


class InputError(PerceptAdvError):
    """An argument, image or file cannot be used."""


class ImageError(InputError):
    """A file is no image, or its values are unusable (NaN, Inf, out of range)."""


class ShapeError(InputError):
    """Arrays have shapes that do not fit each other or the operation."""


class TableError(InputError):
    """A table of labels cannot be read, or does not fit the model."""


class ParameterError(InputError, ValueError):
    """A parameter lies outside its range."""


class OutputError(PerceptAdvError):
    """A result cannot be written."""


class ExistingOutputError(OutputError):
    """Another result, or a file of somebody else's, stands where this one would go.

    Attributes
    ----------
    path, reason
        Which file, and what is known of it, as in the message.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{self.path} stands in the way: {self.reason}; "
            "--overwrite makes it again, or choose another OUT"
        )


class ModelError(PerceptAdvError):
    """A model cannot be used."""


class ModelNotFoundError(ModelError):
    """A model is neither a file nor a bundled one."""


class ModelFormatError(ModelError):
    """A file is no ONNX model, or a broken one."""


class AmbiguousModelError(ModelError):
    """Several inputs or outputs of a model fit; the caller must choose one by name."""


class UnsupportedOperatorError(ModelError):
    """An operator between the input and the logits has no gradient rule."""


class ProviderError(PerceptAdvError):
    """An execution provider was asked for and is not really there."""


class DeviceMemoryError(ProviderError):
    """The memory of the device does not hold what was asked for."""


class ConvergenceError(PerceptAdvError):
    """A solver did not reach its tolerance."""


class RunError(PerceptAdvError):
    """A run folder cannot be continued with this configuration."""
