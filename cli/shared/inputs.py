"""The images and pairs of a command's arguments, and what a user should know of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from percept_adv.images import Found
    from percept_adv.metrics import Pairs


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


def tell_left_over(pairs: Pairs, *, strict: bool) -> ExitCode:
    """Say on stderr what was left out of folders, and which images have no partner.

    The code is ``SOME_FAILED`` if an image is without a reference or, where ``strict``, a
    reference without an image.
    """
    for note in pairs.notes:
        print_note(note)
    for sentence in pairs.unpaired:
        print_error(sentence)
    for sentence in pairs.surplus:
        (print_error if strict else print_note)(sentence)
    failed = pairs.unpaired or (strict and pairs.surplus)
    return ExitCode.SOME_FAILED if failed else ExitCode.FINE
