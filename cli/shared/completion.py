"""What a shell completes; see "Shell completion" in click's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem
from percept_adv_cli.shared.attack_names import ATTACKS, METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click


def complete_attack(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of an attack."""
    return [CompletionItem(name) for name in ATTACKS if name.startswith(incomplete.lower())]


def complete_attacks(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the last of several names with commas."""
    return _last(incomplete, ATTACKS)


def complete_metrics(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the last of several metrics with commas."""
    return _last(incomplete, METRICS)


def _last(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last)]


def complete_model(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a bundled model, or a file."""
    import percept_adv_models

    return _names_or_files(percept_adv_models.names(), incomplete, "*.onnx")


def complete_dataset(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a bundled data set, or a folder."""
    import percept_adv_models

    return _names_or_files(percept_adv_models.dataset_names(), incomplete, "*/")


def complete_bundled(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a bundled model or data set, or a file."""
    import percept_adv_models

    names = [*percept_adv_models.names(), *percept_adv_models.dataset_names()]
    return _names_or_files(names, incomplete, "*.onnx")


def _names_or_files(names: Iterable[str], incomplete: str, pattern: str) -> list[CompletionItem]:
    """Return the names and files that begin so; the shell's own completion where none does.

    A shell does not add files to names, so those of this folder that fit stand beside them.
    """
    here = [path.name for path in sorted(Path().glob(pattern)) if not path.name.startswith(".")]
    fitting = [text for text in (*names, *here) if text.startswith(incomplete)]
    return [CompletionItem(text) for text in fitting] or [CompletionItem(incomplete, type="file")]


def complete_parameter(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete NAME= for the parameters of the attack that stands before it."""
    names = ATTACKS.get(context.params.get("name") or "scw", ())
    return [CompletionItem(f"{name}=") for name in names if name.startswith(incomplete)]


def complete_parameter_of_each(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete ATTACK.NAME=."""
    return [
        CompletionItem(f"{attack}.{name}=")
        for attack, names in ATTACKS.items()
        for name in names
        if f"{attack}.{name}".startswith(incomplete)
    ]
