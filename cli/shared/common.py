"""What the commands share: exit codes, errors in one line, batches that go on after a failure."""

from __future__ import annotations

import json
import logging
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from percept_adv_cli.shared.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from percept_adv.errors import PerceptAdvError
    from percept_adv.images import Transparency

Item = TypeVar("Item")


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


def printable(text: str) -> str:
    """Escape control characters and bytes that are no text: names of files may hold both."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def print_error(message: str) -> None:
    """Print one line on stderr, whatever the message holds."""
    click.echo(f"percept-adv: {printable(' '.join(message.split()))}", err=True)


def print_json(record: dict[str, Any]) -> None:
    """Print one JSON line on stdout, so that a reader gets each result as it is made."""
    click.echo(json.dumps(record, allow_nan=False))
    sys.stdout.flush()


def print_line(text: str) -> None:
    """Print one line of a result for people on stdout, above a progress bar if there is one."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stdout):
        click.echo(printable(text))


def print_note(text: str) -> None:
    """Print what a user should know on stderr, above a progress bar if there is one."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        print_error(f"note: {text}")


def run_batch(
    items: Iterable[Item],
    work: Callable[[Item], None],
    *,
    name: Callable[[Item], str] = str,
    description: str = "",
    quiet: bool = False,
) -> ExitCode:
    """Call ``work`` on every item; name each failure in one line and go on.

    Progress is told on stderr unless ``quiet``. Returns ``SOME_FAILED`` if ``work``
    raised an error for any item.
    """
    outcome = ExitCode.FINE
    waiting = list(items)
    with progress(len(waiting), description=description, quiet=quiet) as told:
        for item in waiting:
            try:
                work(item)
            except Exception as error:  # noqa: BLE001 (one item never costs the others)
                print_failure(name(item), error)
                outcome = ExitCode.SOME_FAILED
            told.update()
    return outcome


def print_failure(name: str, error: Exception) -> None:
    """Say on stderr, above a progress bar if there is one, why one input failed.

    The traceback of an error that nobody foresaw is logged to ``percept_adv`` for debugging.
    """
    from tqdm import tqdm

    from percept_adv.errors import PerceptAdvError

    message = str(error)
    if isinstance(error, MemoryError):
        message = "there is too little memory for it: take a smaller image or fewer --jobs"
    elif not isinstance(error, PerceptAdvError):
        message = f"it failed unexpectedly ({type(error).__name__}: {error}): please report this"
        logging.getLogger("percept_adv").debug(message, exc_info=error)
    if name and name not in message:
        message = f"{name}: {message}"
    with tqdm.external_write_mode(file=sys.stderr):
        print_error(message)


_Command = TypeVar("_Command", bound="Callable[..., Any]")


def inputs_argument(function: _Command) -> _Command:
    """Add the argument IN...: image files or folders; and ``--max-pixels``."""
    argument = click.argument(
        "inputs",
        metavar="IN...",
        nargs=-1,
        required=True,
        type=click.Path(exists=True, path_type=Path),
    )
    return argument(max_pixels_option(function))


def max_pixels_option(function: _Command) -> _Command:
    """Add ``--max-pixels``, which reading takes from the environment: so do other processes."""

    def remember(_context: click.Context, _option: click.Parameter, value: int | None) -> None:
        if value is not None:
            os.environ["PERCEPT_ADV_MAX_PIXELS"] = str(value)

    return click.option(
        "--max-pixels",
        type=click.IntRange(min=1),
        metavar="NUMBER",
        callback=remember,
        expose_value=False,
        help="The most pixels of an image file, of any format.  [default: 250000000]",
    )(function)


def transparency_option(*names: str) -> Callable[[_Command], _Command]:
    """Add ``--transparency`` under this and further names."""

    def read(_context: click.Context, _option: click.Parameter, value: str) -> Transparency:
        from percept_adv.errors import ParameterError
        from percept_adv.images import parse_transparency

        try:
            return parse_transparency(value)
        except ParameterError as error:
            raise click.BadParameter(str(error)) from error

    def add(function: _Command) -> _Command:
        return click.option(
            "transparency",
            "--transparency",
            *names,
            metavar="ignore|mask|blend:COLOUR",
            default="ignore",
            show_default=True,
            callback=read,
            help="What to do with transparency. ignore: compare the stored colours. mask: what "
            "is transparent in both images counts as equal. blend: lay both over a colour, "
            "such as blend:white.",
        )(function)

    return add


def output_option(function: _Command) -> _Command:
    """Add ``-o OUT``."""
    return click.option(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        type=click.Path(path_type=Path),
        help="File or folder for the results.",
    )(function)


def overwrite_option(function: _Command) -> _Command:
    """Add ``--overwrite``."""
    return click.option(
        "--overwrite", is_flag=True, help="Replace existing results; by default they are kept."
    )(function)


def json_option(function: _Command) -> _Command:
    """Add ``--json``."""
    return click.option(
        "as_json", "--json", is_flag=True, help="Print one JSON object a line on stdout."
    )(function)


def quiet_option(function: _Command) -> _Command:
    """Add ``--quiet``."""
    return click.option("--quiet", is_flag=True, help="Show no progress.")(function)


def seed_option(function: _Command) -> _Command:
    """Add ``--seed``."""
    return click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Seed of the random numbers; the same seed repeats a result.",
    )(function)


def provider_option(function: _Command) -> _Command:
    """Add ``--provider``."""
    return click.option(
        "--provider",
        type=click.Choice(["auto", "cuda", "cpu"]),
        default="auto",
        show_default=True,
        help="What runs the model; cuda is an error where CUDA does not work.",
    )(function)
