"""NAME=VALUE on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_parameters(assignments: Iterable[str]) -> dict[str, float | int | str]:
    """Return parameters by name, values as whole numbers, numbers or text."""
    parameters: dict[str, float | int | str] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator or not name.isidentifier():
            raise click.BadParameter(f"{assignment!r} is no NAME=VALUE", param_hint="--parameter")
        parameters[name] = _value(value)
    return parameters


def parse_attack_parameters(
    assignments: Iterable[str],
) -> dict[str, dict[str, float | int | str]]:
    """Return the parameters of each attack from ATTACK.NAME=VALUE."""
    parameters: dict[str, dict[str, float | int | str]] = {}
    for assignment in assignments:
        attack, separator, rest = assignment.partition(".")
        if not separator or not attack.isidentifier():
            raise click.BadParameter(
                f"{assignment!r} is no ATTACK.NAME=VALUE", param_hint="--parameter"
            )
        parameters.setdefault(attack, {}).update(parse_parameters([rest]))
    return parameters


def parse_grids(assignments: Iterable[str]) -> dict[str, list[float]]:
    """Return the eps of each attack from ATTACK=NUMBER,..."""
    grids: dict[str, list[float]] = {}
    for assignment in assignments:
        attack, _, numbers = assignment.partition("=")
        try:
            grids[attack] = [float(number) for number in numbers.split(",")]
        except ValueError:
            raise click.BadParameter(
                f"{assignment!r} is no ATTACK=NUMBER,...", param_hint="--eps"
            ) from None
    return grids


def _value(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
