"""The options of ``percept-adv magnify``."""

from __future__ import annotations

from pathlib import Path

import click
from percept_adv_cli.shared.numbers import POSITIVE, NumberRange
from percept_adv_cli.shared.options import together

viewing_options = together(
    click.option(
        "--norm",
        type=click.Choice(["fixed", "set", "minmax", "percentile"]),
        default="fixed",
        show_default=True,
        help="How values become grey: fixed, 0.5 + mag / 3; set, one range for all images; "
        "minmax or percentile, a range for each image.",
    ),
    click.option("--gain", type=POSITIVE, help="Contrast of --norm fixed, by default 1."),
    click.option(
        "--beta",
        type=NumberRange(0, 1),
        default=0.8,
        show_default=True,
        help="Divide by the global contrast (0), the local one (1), or a mixture.",
    ),
    click.option(
        "--domain-sigma",
        type=POSITIVE,
        default=5.0,
        show_default=True,
        help="Standard deviation of the filter over distances, in pixels.",
    ),
    click.option(
        "--range-sigma",
        type=POSITIVE,
        default=0.2,
        show_default=True,
        help="Standard deviation of the filter over colours in [0, 1].",
    ),
    click.option(
        "float_format",
        "--float",
        type=click.Choice(["npy", "tiff"]),
        help="Write the unscaled values in this format instead of a PNG.",
    ),
    click.option(
        "--side-by-side",
        is_flag=True,
        help="Put the image itself to the left of its magnification.",
    ),
    click.option(
        "--crop",
        nargs=4,
        type=int,
        metavar="X Y WIDTH HEIGHT",
        help="Show this part; the filter and the statistics still see the whole image.",
    ),
    click.option(
        "--reference",
        type=click.Path(exists=True, path_type=Path),
        metavar="CLEAN",
        help="The clean image, or a folder of images of the same names: magnified on the same "
        "scale, written as NAME_reference.",
    ),
)
"""Add what decides how images are magnified and shown."""

page_options = together(
    click.option(
        "--html",
        is_flag=True,
        help="Also write a page, OUT/index.html, with its pictures in OUT/viewer.",
    ),
    click.option(
        "--single-file", is_flag=True, help="As --html, with all pictures inside index.html."
    ),
    click.option(
        "--rank",
        is_flag=True,
        help="List the images by their statistics; with --model, by their smallest quantile. "
        "No verdict.",
    ),
)
"""Add ``--html``, ``--single-file`` and ``--rank``."""
