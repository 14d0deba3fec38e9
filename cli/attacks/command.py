"""``percept-adv attacks``: which attacks there are, and what can be set of each."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import click
from percept_adv_cli.shared.completion import complete_attack
from percept_adv_cli.shared.messages import print_json
from percept_adv_cli.shared.options import json_option

if TYPE_CHECKING:
    from percept_adv.attacks import Declaration
    from percept_adv.parameters import Parameter

_WIDTH = 96
_INDENT = "    "


@click.group(epilog="Example: percept-adv attacks describe ddn")
def attacks() -> None:
    """List the attacks, or describe one with its parameters.

    Their names can stand after --attack; their parameters are set with -p NAME=VALUE.
    """


@attacks.command("list", epilog="Example: percept-adv attacks list")
@json_option
def list_all(as_json: bool) -> None:
    """List all attacks, one line each."""
    from percept_adv.attacks import declarations

    if as_json:
        for one in declarations():
            print_json(one.as_record())
        return
    click.echo(_row("attack", "family", "distance", "gradients", "when"))
    for one in declarations():
        distances = ", ".join(one.distances)
        click.echo(_row(one.name, one.family, distances, str(one.gradients), one.when))
    click.echo("\ngradients: the most for one image, at the default parameters.")


def _row(name: str, family: str, distances: str, gradients: str, when: str) -> str:
    return f"{name:18}  {family:18}  {distances:19}  {gradients:>9}  {when}"


@attacks.command(epilog="Example: percept-adv attacks describe ddn")
@click.argument("name", metavar="NAME", shell_complete=complete_attack)
@json_option
def describe(name: str, as_json: bool) -> None:
    """Say what is known of the attack NAME, and all its parameters."""
    from percept_adv.attacks import find

    attack = find(name)
    if as_json:
        print_json(attack.as_record())
        return
    click.echo(f"{attack.name}: {attack.title}")
    click.echo(fill(attack.when, _WIDTH) + "\n")
    for what, said in _facts(attack).items():
        click.echo(fill(f"{what:15} {said}", _WIDTH, subsequent_indent=" " * 16))
    click.echo("\nParameters, as -p NAME=VALUE:")
    for parameter in attack.parameters.values():
        click.echo(_described(parameter))


def _facts(attack: Declaration) -> dict[str, str]:
    facts = {
        "family": attack.family,
        "distance": ", ".join(attack.distances),
        "gradients": f"at most {attack.gradients} for one image, at the default parameters",
        "random": attack.random or "no",
        "smooth form of": attack.smooth_form_of or "",
        "images": "" if attack.independent else "one perturbation for all of them",
        "paper": attack.paper,
    }
    return {what: said for what, said in facts.items() if said}


def _described(parameter: Parameter) -> str:
    text = fill(parameter.sentence, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return f"  {parameter.name}={parameter.shown_default}\n{text}"
