"""The images among the arguments of a command, and what a user should know of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from percept_adv.images import Found


def find_inputs(
    inputs: Iterable[Path], *, output: Path | None = None, companions: Iterable[str] = ()
) -> tuple[list[Found], ExitCode]:
    """Find the images, and say on stderr what was left out of folders.

    Parameters are those of `search_images`. The code is ``SOME_FAILED`` if a folder could not
    be looked into.

    Raises
    ------
    ImageError, ParameterError
        As for `search_images`.
    """
    from percept_adv.images import search_images

    search = search_images(inputs, output=output, companions=companions)
    note = search.left_out_note()
    if note is not None:
        print_note(note)
    for sentence in search.unreadable:
        print_error(sentence)
    return search.images, ExitCode.SOME_FAILED if search.unreadable else ExitCode.FINE
