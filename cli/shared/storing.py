"""Options that say what results are stored as, and what they have to survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.options import together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.storing import StoreChoice
    from percept_adv.transformations import Transformation

store_options = together(
    click.option(
        "--store",
        type=click.Choice(["png", "jpeg", "source"]),
        default="png",
        show_default=True,
        help="File format of the results, in which success is decided too. source: a JPEG "
        "stays a JPEG, with its tables, EXIF data and colour profile; everything else "
        "becomes PNG.",
    ),
    click.option(
        "--quality",
        type=click.IntRange(1, 100),
        help="Quality of --store jpeg; 90 by default.",
    ),
    click.option(
        "--subsampling",
        type=click.Choice(["4:4:4", "4:2:2", "4:2:0"]),
        help="Colour subsampling of --store jpeg; 4:2:0 by default.",
    ),
)
"""Add ``--store``, ``--quality`` and ``--subsampling``; see `read_store`."""


through_option = click.option(
    "--through",
    metavar="KIND[:NUMBER],...",
    help="Results must also fool the model behind each of these transformations: "
    "jpeg:QUALITY, resize:FACTOR, blur:SIGMA, bilateral[:DOMAIN_SIGMA:RANGE_SIGMA].",
)
"""Add ``--through``; see `read_through`."""


def read_through(options: Mapping[str, Any]) -> tuple[Transformation, ...]:
    """Return what `through_option` asks for."""
    from percept_adv.transformations import parse_transformations

    return parse_transformations(options["through"]) if options["through"] is not None else ()


def read_store(options: Mapping[str, Any]) -> StoreChoice:
    """Return what `store_options` ask for."""
    from percept_adv.storing import StoreChoice

    for name in ("quality", "subsampling"):
        if options[name] is not None and options["store"] != "jpeg":
            raise click.UsageError(
                f"--{name} belongs to --store jpeg: leave it out of --store {options['store']}"
            )
    return StoreChoice(options["store"], options["quality"], options["subsampling"])
