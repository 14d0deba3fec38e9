"""``percept-adv compare``: runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from percept_adv_cli.evaluate.gates import read_levels, robust_at_option
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import json_option


@click.command(epilog="Example: percept-adv compare run-old/ run-new/ -o comparison/")
@click.argument("runs", metavar="RUN RUN...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write tables, figures and a page into this folder.",
)
@robust_at_option
@json_option
def compare(runs: tuple[Path, ...], output: Path | None, as_json: bool, **options: Any) -> None:
    """Show two or more RUNs, folders that evaluate made, side by side.

    They may be of different models or of different attacks; images that all of them have are
    compared one by one. Nothing is computed with a model.
    """
    if len(runs) < 2:
        raise click.UsageError("give two runs or more")
    if len({run.resolve() for run in runs}) < len(runs):
        raise click.UsageError("give each run once")
    levels = read_levels(options["robust_at"])
    from importlib.metadata import version

    from percept_adv_cli.evaluate.run import print_rows

    from percept_adv.evaluation import Comparison, RunStore
    from percept_adv.report import comparison_tables, write_comparison

    comparison = Comparison.of([RunStore.open(run) for run in runs])
    for note in comparison.notes:
        print_note(note)
    tables = comparison_tables(comparison, levels)
    for table in tables.values():
        if as_json:
            print_rows(table)
        else:
            click.echo(table.to_text() + "\n")
    if output is not None:
        write_comparison(output, comparison, tables, version("percept-adv"))
        if not as_json:
            click.echo(output / "index.html")
