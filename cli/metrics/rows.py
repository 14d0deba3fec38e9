"""One line for each measured pair: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import sys
from abc import ABC, abstractmethod
from math import isfinite, isnan
from typing import TYPE_CHECKING, Literal

import click
from percept_adv_cli.shared.messages import print_json, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Row = dict[str, float | None]

_WIDTH = 10
_MEAN = "mean"


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
        return _Json(columns)
    return _Csv(columns) if form == "csv" else _Table(columns, pairs)


class Report(ABC):
    """Prints rows, and at the end their mean."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._rows: list[Row] = []

    def add(self, reference: Path, image: Path, row: Row) -> None:
        """Print what was measured of an image."""
        self._rows.append(row)
        self._print_row(reference, image, row)

    def finish(self) -> None:
        """Print the mean of all images, of each metric over those that it could measure."""
        if self._rows:
            means = {name: _mean([row[name] for row in self._rows]) for name in self._columns}
            self._print_mean(means, len(self._rows))

    @abstractmethod
    def _print_row(self, reference: Path, image: Path, row: Row) -> None: ...

    @abstractmethod
    def _print_mean(self, means: Row, count: int) -> None: ...


def _mean(values: Sequence[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return sum(measured) / len(measured) if measured else None


class _Json(Report):
    def _print_row(self, reference: Path, image: Path, row: Row) -> None:
        print_json({"reference": str(reference), "image": str(image), **_for_json(row)})

    def _print_mean(self, means: Row, count: int) -> None:
        print_json({_MEAN: _for_json(means), "images": count})


def _for_json(row: Row) -> dict[str, float | str | None]:
    return {
        name: value if value is None or isfinite(value) else str(value)
        for name, value in row.items()
    }


class _Csv(Report):
    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(columns)
        self._writer = csv.writer(sys.stdout, lineterminator="\n")
        self._writer.writerow(["reference", "image", *columns])

    def _print_row(self, reference: Path, image: Path, row: Row) -> None:
        self._write(str(reference), str(image), row)

    def _print_mean(self, means: Row, count: int) -> None:
        self._write("", f"{_MEAN} of {count}", means)

    def _write(self, reference: str, image: str, row: Row) -> None:
        self._writer.writerow([reference, image, *(row[name] for name in self._columns)])
        sys.stdout.flush()


class _Table(Report):
    """The columns are as wide as the longest name of a file or metric."""

    def __init__(self, columns: Sequence[str], pairs: Sequence[tuple[Path, Path]]) -> None:
        super().__init__(columns)
        self._label = max((len(shown(str(image))) for _, image in pairs), default=0)
        self._widths = {name: max(_WIDTH, len(name) + 2) for name in columns}
        if pairs:
            header = "".join(name.rjust(self._widths[name]) for name in columns)
            click.echo("image".ljust(self._label) + header)

    def _print_row(self, reference: Path, image: Path, row: Row) -> None:  # noqa: ARG002
        self._write(shown(str(image)), row)

    def _print_mean(self, means: Row, count: int) -> None:
        self._write(f"{_MEAN} of {count}", means)

    def _write(self, label: str, row: Row) -> None:
        cells = (_cell(row[name]).rjust(self._widths[name]) for name in self._columns)
        click.echo(label.ljust(self._label) + "".join(cells))


def _cell(value: float | None) -> str:
    """Write four digits, or as many as tell a similarity from a perfect one."""
    if value is None:
        return "-"
    text = f"{value:.4g}"
    if text == "1" and value != 1 and not isnan(value):
        return f"1{'-' if value < 1 else '+'}{abs(1 - value):.1e}"
    return text
