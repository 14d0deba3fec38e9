"""One line for each measured pair: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import sys
from math import isfinite
from typing import TYPE_CHECKING, Literal

import click
from percept_adv_cli.shared.common import print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Row = dict[str, float | None]
    Report = Callable[[Path, Path, Row], None]

_WIDTH = 10


def reporter(
    columns: Sequence[str],
    pairs: Sequence[tuple[Path, Path]],
    *,
    form: Literal["table", "json", "csv"],
) -> Report:
    """Return what prints a reference, an image and its values as they are measured.

    A value that is None was not measured, since the metric needs a larger image: ``-``
    in a table, null in JSON, empty in CSV. JSON knows no infinity: it becomes "inf".
    """
    if form == "json":
        return _print_json_row
    return _csv_report(columns) if form == "csv" else _table_report(columns, pairs)


def _print_json_row(reference: Path, image: Path, row: Row) -> None:
    values = {
        name: value if value is None or isfinite(value) else str(value)
        for name, value in row.items()
    }
    print_json({"reference": str(reference), "image": str(image), **values})


def _csv_report(columns: Sequence[str]) -> Report:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["reference", "image", *columns])

    def report(reference: Path, image: Path, row: Row) -> None:
        writer.writerow([reference, image, *(row[name] for name in columns)])
        sys.stdout.flush()

    return report


def _table_report(columns: Sequence[str], pairs: Sequence[tuple[Path, Path]]) -> Report:
    """Print the header; the columns are as wide as the longest name of a file or metric."""
    label = max((len(str(image)) for _, image in pairs), default=0)
    widths = {name: max(_WIDTH, len(name) + 2) for name in columns}
    if pairs:
        header = "".join(name.rjust(widths[name]) for name in columns)
        click.echo("image".ljust(label) + header)

    def report(reference: Path, image: Path, row: Row) -> None:  # noqa: ARG001 (one signature)
        cells = (_cell(row[name]).rjust(widths[name]) for name in columns)
        click.echo(str(image).ljust(label) + "".join(cells))

    return report


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
