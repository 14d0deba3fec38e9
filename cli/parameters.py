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


def _value(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
