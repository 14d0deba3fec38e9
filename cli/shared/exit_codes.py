"""The exit codes of every command, and which error ends a command with which."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.errors import PerceptAdvError


class ExitCode(IntEnum):
    """The exit codes of every command."""

    FINE = 0
    SOME_FAILED = 1
    USAGE = 2
    PROVIDER_UNAVAILABLE = 3
    MODEL_NOT_SUPPORTED = 4
    GATE_FAILED = 5
    INTERRUPTED = 130


def exit_code_of(error: PerceptAdvError) -> ExitCode:
    """Return the exit code for an error that ends a whole command."""
    from percept_adv.errors import (
        ExistingOutputError,
        ModelError,
        ModelNotFoundError,
        ParameterError,
        ProviderError,
        RunError,
        TableError,
    )

    if isinstance(
        error,
        ParameterError | RunError | TableError | ModelNotFoundError | ExistingOutputError,
    ):
        return ExitCode.USAGE
    if isinstance(error, ProviderError):
        return ExitCode.PROVIDER_UNAVAILABLE
    if isinstance(error, ModelError):
        return ExitCode.MODEL_NOT_SUPPORTED
    return ExitCode.SOME_FAILED
