"""``percept-adv metrics``: how far images are from a reference, by many measures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.metrics.rows import reporter
from percept_adv_cli.shared.attempts import Attempts
from percept_adv_cli.shared.completion import complete_metrics
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.options import json_option, max_pixels_option, transparency_option

if TYPE_CHECKING:
    from percept_adv.images import Transparency
    from percept_adv.metrics import Metric


def _print_list(_context: click.Context, _option: click.Parameter, value: bool) -> None:
    """Print the registry and leave."""
    if not value:
        return
    from percept_adv.metrics import METRICS, used_by

    usual = used_by("command")
    for metric in METRICS.values():
        mark = "*" if metric.name in usual else ""
        click.echo(
            f"{metric.name:14}{mark:2}{metric.better:6} is better  {_limits(metric):10}  "
            f"{_text(metric)}"
        )
    click.echo("* measured without being asked for")
    raise click.exceptions.Exit(ExitCode.FINE)


def _limits(metric: Metric) -> str:
    low, high = metric.range
    return f"{low:g} to {high:g}"


def _text(metric: Metric) -> str:
    unit = f" [{metric.unit}]" if metric.unit else ""
    return f"{metric.summary}{unit} ({metric.source})"


@click.command(epilog="Example: percept-adv metrics original.png attacked.png --metrics l2,mad")
@click.argument("reference", type=click.Path(exists=True, path_type=Path))
@click.argument(
    "images",
    metavar="IMAGE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--metrics",
    "names",
    metavar="NAME,...",
    shell_complete=complete_metrics,
    help="Metrics with commas, or 'all'. By default those that --list marks with *, "
    "without those that need larger images.",
)
@click.option(
    "--mad-version", type=click.Choice(["2010", "2011"]), default="2010", show_default=True
)
@click.option(
    "--block-size",
    type=click.IntRange(min=2),
    default=16,
    show_default=True,
    help="Block size of MAD, an even number; 2 for images as small as MNIST's.",
)
@transparency_option("--alpha")
@click.option(
    "--strict", is_flag=True, help="Exit with 1 also if a reference in the folder has no image."
)
@max_pixels_option
@json_option
@click.option("as_csv", "--csv", is_flag=True, help="Print comma-separated values on stdout.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_print_list,
    help="List the metrics and exit.",
)  # fmt: skip
def metrics(
    reference: Path,
    images: tuple[Path, ...],
    names: str | None,
    mad_version: Any,
    block_size: int,
    transparency: Transparency,
    strict: bool,
    as_json: bool,
    as_csv: bool,
) -> int:
    """Measure each IMAGE against REFERENCE.

    Both may be folders: their images are then paired by name, files without a
    partner are reported, and the last row is the mean. HI and LO always stand beside MAD:
    most high-frequency noise has HI = 0 and so MAD = 0. 8-bit files are measured as 8-bit
    images.
    """
    from percept_adv_cli.metrics.comparison import Comparison
    from percept_adv_cli.shared.inputs import tell_left_over

    from percept_adv.metrics import METRICS, Measurer, pair_files, resolve, used_by

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    if block_size % 2:
        raise click.BadParameter(f"{block_size} is odd", param_hint="--block-size")
    columns = [metric.name for metric in resolve(_asked(names, list(METRICS), used_by("command")))]
    pairs = pair_files(reference, images)
    left = tell_left_over(pairs, strict=strict)
    every = [(one, image.path) for one, several in pairs.images.items() for image in several]
    report = reporter(columns, every, form="json" if as_json else "csv" if as_csv else "table")
    compare = Comparison(
        lambda array: Measurer(array, columns, version=mad_version, block_size=block_size),
        transparency,
        skip_too_small=names in (None, "all"),
    )

    attempts = Attempts()
    for one, image in every:
        with attempts.at(str(image)):
            values = compare(one, image)
            report.add(one, image, {name: values.get(name) for name in columns})
    if reference.is_dir() or any(image.is_dir() for image in images):
        report.finish()
    return max(left, attempts.outcome)


def _asked(names: str | None, every: list[str], usual: list[str]) -> list[str]:
    """Return the names of the metrics that are asked for, which may be none of ours."""
    if names is None:
        return usual
    return every if names == "all" else [name.strip() for name in names.split(",")]
