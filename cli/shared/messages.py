"""How commands speak: results on stdout; errors, notes and failures on stderr, each in one line."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def shown(text: str) -> str:
    """Return a text as it may be printed; the library, slow to load, is rarely needed for it."""
    if text.isprintable():
        return text
    from percept_adv.text import printable

    return printable(text)


@contextmanager
def _above_bars(stream: TextIO) -> Iterator[None]:
    """Leave progress bars below what is written; there are none before tqdm is imported."""
    if "tqdm" not in sys.modules:
        yield
        return
    from tqdm import tqdm

    with tqdm.external_write_mode(file=stream):
        yield


def print_error(message: str) -> None:
    """Print one line on stderr, whatever the message holds."""
    with _above_bars(sys.stderr):
        click.echo(f"percept-adv: {shown(' '.join(message.split()))}", err=True)


def print_note(text: str) -> None:
    """Print what a user should know on stderr."""
    print_error(f"note: {text}")


def print_line(text: str) -> None:
    """Print one line of a result for people on stdout."""
    with _above_bars(sys.stdout):
        click.echo(shown(text))


def print_json(record: dict[str, Any]) -> None:
    """Print one JSON line on stdout, so that a reader gets each result as it is made."""
    print_line(json.dumps(record, allow_nan=False))
    sys.stdout.flush()


def print_kept(files: Sequence[Path]) -> None:
    """Say in one line that results which are there already are those that would be made."""
    if len(files) == 1:
        print_note(
            f"1 existing output kept ({files[0]}): it is what this command would make; "
            "--overwrite makes it again"
        )
    elif files:
        print_note(
            f"{len(files)} existing outputs kept ({files[0]} and {len(files) - 1} more): they are "
            "what this command would make; --overwrite makes them again"
        )


def print_failure(name: str, error: Exception) -> None:
    """Say on stderr why one input failed.

    The traceback of an error that nobody foresaw is logged to ``percept_adv`` for debugging.
    """
    from percept_adv.errors import PerceptAdvError

    message = str(error)
    if isinstance(error, MemoryError):
        message = "there is too little memory for it: take a smaller image or fewer --jobs"
    elif not isinstance(error, PerceptAdvError):
        message = f"it failed unexpectedly ({type(error).__name__}: {error}): please report this"
        logging.getLogger("percept_adv").debug(message, exc_info=error)
    if name and name not in message:
        message = f"{name}: {message}"
    print_error(message)
