"""``percept-adv report``: a run's tables and page again, without computing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.evaluate.gates import Demands, gate_options
from percept_adv_cli.shared.options import json_option

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(epilog="Example: percept-adv report run/")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@gate_options
@json_option
def report(run: Path, as_json: bool, **options: Any) -> ExitCode:
    """Rebuild tables, figures and the page of RUN, a folder that evaluate made.

    Neither the model nor the images are needed.
    """
    from percept_adv_cli.evaluate.run import print_tables

    from percept_adv.evaluation import RunStore

    store, demands = RunStore.open(run), Demands(options)
    demands.prepare(store)
    print_tables(store, as_json=as_json)
    return demands.judge(store, failed=())
