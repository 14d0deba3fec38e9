"""Doing one thing after another: what fails is named, and the others are done."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = frozenset({errno.ENOSPC, errno.EFBIG})


def is_full(error: BaseException) -> bool:
    """Tell whether standard output, or a temporary file, found its disk full.

    Of a result it would be an `OutputError`.
    """
    return isinstance(error, OSError) and error.errno in _FULL


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
        except Exception as error:
            if is_full(error):
                # The results of the others could not be told either.
                raise
            self.fail(name, error)

    def fail(self, name: str, error: Exception) -> None:
        """Name what has failed."""
        print_failure(name, error)
        self.outcome = ExitCode.SOME_FAILED
