"""``percept-adv smooth``: perturbations that exist already, smoothed along their originals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import classifier_options
from percept_adv_cli.shared.options import (
    json_option,
    max_pixels_option,
    output_option,
    overwrite_option,
    quiet_option,
    transparency_option,
)
from percept_adv_cli.shared.storing import read_store, store_options
from percept_adv_cli.smooth.options import search_options, smoothing_options

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode

    from percept_adv.images import Transparency


@click.command(
    epilog="Example: percept-adv smooth original.png perturbed.png -o smooth.png --model model.onnx"
)
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("perturbed", type=click.Path(exists=True, path_type=Path))
@output_option
@smoothing_options
@search_options
@click.option(
    "--bits",
    type=click.Choice(["8", "16"]),
    default="8",
    show_default=True,
    help="Bits of the result. --model decides on the 8-bit image and so excludes 16.",
)
@store_options
@transparency_option()
@classifier_options
@max_pixels_option
@json_option
@overwrite_option
@quiet_option
def smooth(
    original: Path,
    perturbed: Path,
    output: Path,
    mask: Path | None,
    transparency: Transparency,
    as_json: bool,
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> ExitCode:
    """Smooth the difference of PERTURBED and ORIGINAL along the edges of ORIGINAL.

    Writes ORIGINAL plus the smoothed difference into OUT, as a PNG or what --store
    says. Both may be folders: their images are then paired by name, and OUT is a folder
    with the same tree. 16-bit images are read in full; --bits 16 also writes them so.

    With --model the difference is then scaled until the result, as it is stored, is just
    misclassified. Where no scale does it, the image of scale 1 is written, with
    success false and exit code 1.
    """
    from percept_adv_cli.shared.inputs import tell_left_over
    from percept_adv_cli.shared.runs import execute
    from percept_adv_cli.smooth.pairs import find_pairs
    from percept_adv_cli.smooth.preparing import check_options, check_paths, way_of
    from percept_adv_cli.smooth.run import SmoothingRun

    store = read_store(options)
    check_paths(original, perturbed, output, store)
    check_options(store, options)
    pairs, found = find_pairs(original, perturbed, output, store)
    way = way_of(options)
    way.check()
    left_over = tell_left_over(found, strict=True)
    run = SmoothingRun(way=way, mask=mask, store=store, transparency=transparency)
    done = execute(run, pairs, overwrite=overwrite, as_json=as_json, quiet=quiet)
    return max(left_over, done)
