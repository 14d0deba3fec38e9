"""Options that several commands have, each under one name and with one help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.images import Transparency

_OF_IMAGES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
_Command = TypeVar("_Command", bound="Callable[..., Any]")


def together(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    """Return a decorator that adds several options, in the order in which help lists them."""

    def add(function: _Command) -> _Command:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def _remember_pixels(_context: click.Context, _option: click.Parameter, value: int | None) -> None:
    if value is not None:
        os.environ["PERCEPT_ADV_MAX_PIXELS"] = str(value)


max_pixels_option = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    callback=_remember_pixels,
    expose_value=False,
    help="The most pixels of an image file, of any format.  [default: 250000000]",
)
"""Add ``--max-pixels``, which reading takes from the environment: so do other processes."""

inputs_argument = together(
    click.argument(
        "inputs",
        metavar="IN...",
        nargs=-1,
        required=True,
        type=click.Path(exists=True, path_type=Path),
    ),
    max_pixels_option,
)
"""Add the argument IN...: image files or folders; and ``--max-pixels``."""


def _read_transparency(
    _context: click.Context, _option: click.Parameter, value: str
) -> Transparency:
    from percept_adv.errors import ParameterError
    from percept_adv.images import parse_transparency

    try:
        return parse_transparency(value)
    except ParameterError as error:
        raise click.BadParameter(str(error)) from error


def transparency_option(*names: str) -> Callable[[_Command], _Command]:
    """Add ``--transparency`` under this and further names."""
    return click.option(
        "transparency",
        "--transparency",
        *names,
        metavar="ignore|mask|blend:COLOUR",
        default="ignore",
        show_default=True,
        callback=_read_transparency,
        help="What to do with transparency. ignore: compare the stored colours. mask: what "
        "is transparent in both images counts as equal. blend: lay both over a colour, "
        "such as blend:white.",
    )


output_option = click.option(
    "-o",
    "--output",
    metavar="OUT",
    required=True,
    type=click.Path(path_type=Path),
    help="File or folder for the results.",
)
"""Add ``-o OUT``."""


def _read_folder(_context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    if path.suffix.lower() in _OF_IMAGES and not path.is_dir():
        raise click.BadParameter(
            f"{path} is named like an image, and results are several files: give a folder"
        )
    return path


folder_option = click.option(
    "-o",
    "--output",
    metavar="OUT",
    required=True,
    type=click.Path(path_type=Path),
    callback=_read_folder,
    help="Folder for the results.",
)
"""Add ``-o OUT`` to a command whose results are always several files."""

overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace existing results; by default they are kept."
)
"""Add ``--overwrite``."""

json_option = click.option(
    "as_json", "--json", is_flag=True, help="Print one JSON object a line on stdout."
)
"""Add ``--json``."""

quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")
"""Add ``--quiet``."""

seed_option = click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of the random numbers; the same seed repeats a result.",
)
"""Add ``--seed``."""

engine_option = click.option(
    "--engine",
    type=click.Choice(["auto", "eager", "graph"]),
    default="auto",
    show_default=True,
    help="Who takes the steps: graph, one ONNX graph with the model inside, whose state stays "
    "where the model runs; eager, NumPy around the model; auto, the graph on a GPU where the "
    "attack can be one.",
)
"""Add ``--engine``."""

provider_option = click.option(
    "--provider",
    type=click.Choice(["auto", "cuda", "cpu"]),
    default="auto",
    show_default=True,
    help="What runs the model; cuda is an error where CUDA does not work.",
)
"""Add ``--provider``."""
