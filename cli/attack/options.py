"""The options of ``percept-adv attack``."""

from __future__ import annotations

from pathlib import Path

import click
from percept_adv_cli.shared.attack_names import ATTACKS
from percept_adv_cli.shared.completion import complete_attack, complete_parameter
from percept_adv_cli.shared.options import engine_option, seed_option, together


def _onnx_file(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix != ".onnx":
        raise click.BadParameter(f"{str(path)!r}: give a name that ends in .onnx")
    return path


method_options = together(
    click.option(
        "--attack",
        "name",
        metavar="NAME",
        default="scw",
        show_default=True,
        shell_complete=complete_attack,
        help=f"One of {', '.join(ATTACKS)}; see percept-adv attacks list.",
    ),
    click.option(
        "-p",
        "--parameter",
        "assignments",
        metavar="NAME=VALUE",
        multiple=True,
        shell_complete=complete_parameter,
        help="A parameter of the attack, such as iterations=50 or eps=8/255; may be repeated: see "
        "percept-adv attacks describe NAME. Smooth attacks of 28 x 28 digits need alpha=0.95: the "
        "default 0.997 is for photographs.",
    ),
)
"""Add ``--attack`` and ``-p``."""

target_options = together(
    click.option(
        "--target",
        help="The class to reach, by number or name. For independent labels: which to turn "
        "on and off, such as '+3 -7'.",
    ),
    click.option(
        "--targets",
        type=click.Path(path_type=Path),
        help="A table like that of --labels: the class that each image is to reach.",
    ),
)
"""Add ``--target`` and ``--targets``."""

limit_options = together(
    click.option(
        "--max-evaluations",
        type=click.IntRange(1),
        help="Spend at most this many gradients on one image, with those of the search for "
        "the best stored image.",
    ),
    click.option(
        "--mask",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="An image of the same size as those under attack: only pixels where it is not "
        "black may change.",
    ),
)
"""Add ``--max-evaluations`` and ``--mask``."""

engine_options = together(
    click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True),
    seed_option,
    engine_option,
    click.option(
        "--export-step",
        metavar="FILE.onnx",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_onnx_file,
        help="Also write one step of the attack on the first images as a graph, and its first "
        "inputs beside it as FILE.npz, for use without this program.",
    ),
    click.option(
        "--originals",
        type=click.Path(path_type=Path),
        help="Also write the originals, as they were attacked, into this folder.",
    ),
)
"""Add what decides how the attack is computed, and what else is written."""
