"""Accuracy before an attack, told first; a contract that cannot be right stops the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click
from percept_adv_cli.shared.messages import print_note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from percept_adv.classifier import Classifier

_Command = TypeVar("_Command", bound="Callable[..., Any]")


def go_on_option(function: _Command) -> _Command:
    """Add ``--go-on``."""
    return click.option(
        "--go-on",
        is_flag=True,
        help="Go on even if no image is classified correctly, which mostly means a wrong contract.",
    )(function)


def check_unlabelled(classifier: Classifier, paths: Sequence[Path], *, go_on: bool) -> None:
    """Refuse images in which the model sees nothing, unless the user wants to go on."""
    from percept_adv.evaluation import check_confidence

    if not go_on:
        check_confidence(classifier, paths)


def tell_accuracy(
    classifier: Classifier,
    pairs: Sequence[tuple[Path, Any]],
    *,
    go_on: bool,
    name: str = "",
) -> None:
    """Tell how many labelled images are classified correctly before any attack.

    ``name`` stands in front of it, where there are several models.

    Raises
    ------
    ParameterError
        If that is far below what a model can do, unless the user wants to go on.
    """
    from percept_adv.errors import ParameterError
    from percept_adv.evaluation import examine_labels

    found = examine_labels(classifier, pairs)
    if found is None:
        return
    front = f"{name}: " if name else ""
    if not go_on:
        try:
            found.check()
        except ParameterError as error:
            raise ParameterError(f"{front}{error}") from error
    print_note(f"{front}{found}")
    if found.hint:
        print_note(f"{front}{found.hint}")
