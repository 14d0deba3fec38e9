"""NAME=VALUE on a command line, for the parameters that attacks declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.attack_names import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from percept_adv.attacks import Declaration

_HINT = "--parameter"


def read_parameters(attack: Declaration, assignments: Iterable[str]) -> dict[str, Any]:
    """Return the parameters of an attack from NAME=VALUE, all of them checked."""
    texts: dict[str, str] = {}
    for assignment in assignments:
        name, separator, text = (part.strip() for part in assignment.partition("="))
        if not separator or not name:
            raise click.BadParameter(
                f"{assignment!r} is no NAME=VALUE, such as iterations=50", param_hint=_HINT
            )
        # As with other options, the last one counts.
        texts[name] = text
    return attack.read(texts)


def read_parameters_of_each(assignments: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the parameters of each attack from ATTACK.NAME=VALUE, all of them checked."""
    from percept_adv.attacks import find

    own: dict[str, list[str]] = {}
    for assignment in assignments:
        before, _, _ = assignment.partition("=")
        name, separator, _ = before.partition(".")
        if not separator:
            raise click.BadParameter(
                f"{assignment!r} is no ATTACK.NAME=VALUE, such as cw.iterations=50",
                param_hint=_HINT,
            )
        own.setdefault(find(name).name, []).append(assignment.partition(".")[2])
    return {name: read_parameters(find(name), those) for name, those in own.items()}


def read_grids(assignments: Iterable[str]) -> dict[str, list[float]]:
    """Return the eps of each attack from ATTACK=NUMBER,..."""
    from percept_adv.attacks import find
    from percept_adv.parameters import read_number

    grids: dict[str, list[float]] = {}
    for assignment in assignments:
        name, _, numbers = assignment.partition("=")
        try:
            grids[find(name).name] = [read_number(number) for number in numbers.split(",")]
        except ValueError as error:
            raise click.BadParameter(
                f"{assignment!r} is no ATTACK=NUMBER,..., such as ifgsm=2/255 ({error})",
                param_hint="--eps",
            ) from None
    return grids


class ParameterCommand(click.Command):
    """A command that knows an attack's parameter where it is given as an option."""

    assignment = "{name}={value}"
    """How ``-p`` takes it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and say of an unknown option that it is a parameter."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name.lstrip("-").replace("-", "_")
            attacks = [attack for attack, names in ATTACKS.items() if name in names]
            if not attacks:
                raise
            value = _value_after(error.option_name, given)
            wanted = self.assignment.format(name=name, value=value)
            raise click.UsageError(
                f"No such option: {error.option_name}. It is a parameter of attacks "
                f"({', '.join(attacks)}): give -p {wanted}",
                ctx,
            ) from error


class ParameterOfEachCommand(ParameterCommand):
    """The same for a command of several attacks."""

    assignment = "ATTACK.{name}={value}"


def _value_after(option: str, arguments: list[str]) -> str:
    """Return the value that a user gave to an option."""
    for argument, following in zip(arguments, [*arguments[1:], "VALUE"], strict=True):
        name, separator, value = argument.partition("=")
        if name == option:
            return value if separator else following
    return "VALUE"
