"""``percept-adv magnify``: make visible what is hidden in flat areas."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.magnify.options import page_options, viewing_options
from percept_adv_cli.shared.detection import detection_options, open_scoring
from percept_adv_cli.shared.messages import print_json
from percept_adv_cli.shared.options import (
    inputs_argument,
    json_option,
    output_option,
    overwrite_option,
    quiet_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from percept_adv_cli.magnify.rank import Ranking
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(epilog="Example: percept-adv magnify suspicious/ -o magnified/ --html")
@inputs_argument
@output_option
@viewing_options
@page_options
@detection_options
@click.option("--jobs", type=click.IntRange(min=1), help="Processors to use; by default all.")
@json_option
@overwrite_option
@quiet_option
def magnify(
    inputs: tuple[Path, ...],
    output: Path,
    jobs: int | None,
    gain: float | None,
    model: str | None,
    calibration: Path | None,
    as_json: bool,
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> ExitCode:
    """Magnify what an adversarial perturbation hides in the flat areas of images.

    IN... are image files or folders, whose trees are mirrored under OUT. The statistics
    of --json and --rank describe an image; they cannot tell whether it was attacked.
    """
    if gain is not None and options["norm"] != "fixed":
        raise click.UsageError("--gain needs --norm fixed: the others choose their own contrast")
    if options["float_format"] and options["side_by_side"]:
        raise click.UsageError("--side-by-side is a picture: it cannot be combined with --float")
    options["html"] = options["html"] or options["single_file"]
    if options["crop"] and min(options["crop"][2:]) < 1:
        raise click.UsageError("--crop needs a WIDTH and a HEIGHT of at least 1")
    if jobs:
        os.environ["PERCEPT_ADV_THREADS"] = str(jobs)

    from percept_adv_cli.magnify.describing import DescribingRun
    from percept_adv_cli.magnify.items import items_of, page_of
    from percept_adv_cli.magnify.page import Page
    from percept_adv_cli.magnify.run import MagnifyRun
    from percept_adv_cli.magnify.settings import Settings
    from percept_adv_cli.shared.runs import execute

    settings = Settings(gain=1.0 if gain is None else gain, **options)
    scoring = open_scoring(model, calibration, quiet=quiet)
    items, looked = items_of(inputs, output, settings)
    run = MagnifyRun(settings)
    if as_json or settings.rank or settings.html:
        page = Page(page_of(items, output), settings, scoring, overwrite=overwrite)
        run = DescribingRun(
            settings,
            scoring,
            page=page if settings.html else None,
            ranked=_printer(as_json=as_json) if settings.rank else None,
        )
    if settings.norm == "set":
        run.measure(items, quiet=quiet)
    done = execute(run, items, overwrite=overwrite, as_json=as_json, quiet=quiet)
    return max(looked, done)


def _printer(*, as_json: bool) -> Callable[[Ranking], None]:
    if as_json:
        return lambda ranking: print_json(ranking.as_dict())
    return lambda ranking: click.echo("\n".join(ranking.lines()))
