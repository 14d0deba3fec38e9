"""Doing one thing after another: what fails is named, and the others are done."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_failure

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Attempts:
    """The attempts of one command; ``outcome`` is ``SOME_FAILED`` once one has failed."""

    outcome: ExitCode = ExitCode.FINE

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Name on stderr, in one line, what fails within this context, and go on after it."""
        try:
            yield
        except BrokenPipeError:
            # Nobody reads the results any more.
            raise
        except Exception as error:  # noqa: BLE001 (one item never costs the others)
            self.fail(name, error)

    def fail(self, name: str, error: Exception) -> None:
        """Name what has failed."""
        print_failure(name, error)
        self.outcome = ExitCode.SOME_FAILED
