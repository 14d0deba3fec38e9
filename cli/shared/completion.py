"""What a shell completes; see "Shell completion" in click's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem
from percept_adv_cli.shared.attack_names import ATTACKS

if TYPE_CHECKING:
    import click


def complete_attack(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of an attack."""
    return [CompletionItem(name) for name in ATTACKS if name.startswith(incomplete.lower())]


def complete_attacks(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the last of several names with commas."""
    before, comma, last = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{item.value}")
        for item in complete_attack(context, parameter, last)
    ]


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
