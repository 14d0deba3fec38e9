"""``percept-adv magnify``: make visible what is hidden in flat areas."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.detection import detection_options, open_scoring
from percept_adv_cli.shared.messages import print_json
from percept_adv_cli.shared.numbers import POSITIVE, NumberRange
from percept_adv_cli.shared.options import (
    inputs_argument,
    json_option,
    output_option,
    overwrite_option,
    quiet_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv_cli.magnify.rank import Ranking
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(epilog="Example: percept-adv magnify suspicious/ -o magnified/ --html")
@inputs_argument
@output_option
@click.option(
    "--norm",
    type=click.Choice(["fixed", "set", "minmax", "percentile"]),
    default="fixed",
    show_default=True,
    help="How values become grey: fixed, 0.5 + mag / 3; set, one range for all images; "
    "minmax or percentile, a range for each image.",
)
@click.option("--gain", type=POSITIVE, help="Contrast of --norm fixed, by default 1.")
@click.option(
    "--beta",
    type=NumberRange(0, 1),
    default=0.8,
    show_default=True,
    help="Divide by the global contrast (0), the local one (1), or a mixture.",
)
@click.option(
    "--domain-sigma",
    type=POSITIVE,
    default=5.0,
    show_default=True,
    help="Standard deviation of the filter over distances, in pixels.",
)
@click.option(
    "--range-sigma",
    type=POSITIVE,
    default=0.2,
    show_default=True,
    help="Standard deviation of the filter over colours in [0, 1].",
)
@click.option(
    "float_format",
    "--float",
    type=click.Choice(["npy", "tiff"]),
    help="Write the unscaled values in this format instead of a PNG.",
)
@click.option(
    "--side-by-side", is_flag=True, help="Put the image itself to the left of its magnification."
)
@click.option(
    "--crop",
    nargs=4,
    type=int,
    metavar="X Y WIDTH HEIGHT",
    help="Show this part; the filter and the statistics still see the whole image.",
)
@click.option(
    "--reference",
    type=click.Path(exists=True, path_type=Path),
    metavar="CLEAN",
    help="The clean image, or a folder of images of the same names: magnified on the same "
    "scale, written as NAME_reference.",
)
@click.option(
    "--html",
    is_flag=True,
    help="Also write a page, OUT/index.html, with its pictures in OUT/viewer.",
)
@click.option("--single-file", is_flag=True, help="As --html, with all pictures inside index.html.")
@click.option(
    "--rank",
    is_flag=True,
    help="List the images by their statistics; with --model, by their smallest quantile. "
    "No verdict.",
)
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
