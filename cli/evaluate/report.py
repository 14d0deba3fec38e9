"""``percept-adv report``: a run's tables and page again, without computing."""

from __future__ import annotations

from pathlib import Path

import click
from percept_adv_cli.shared.common import json_option


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@json_option
def report(run: Path, as_json: bool) -> None:
    """Rebuild tables, figures and the page of RUN, a folder of ``percept-adv evaluate``.

    Neither the model nor the images are needed.
    """
    from percept_adv_cli.evaluate.run import print_tables

    from percept_adv.evaluation import RunStore

    print_tables(RunStore.open(run), as_json=as_json)
