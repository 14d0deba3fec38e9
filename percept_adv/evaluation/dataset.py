"""A labelled set of images: a folder with labels.csv or one folder a class, or a bundled one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import percept_adv_models

from percept_adv.errors import ImageError, TableError
from percept_adv.images import find_images
from percept_adv.labels import has_class_folders, read_class_folders, read_table
from percept_adv.labels.images import assign_rows, class_numbers
from percept_adv.text import printable

if TYPE_CHECKING:
    from percept_adv.labels import Classes, Goal, LabelSets, Row, Table

_LABELS = "labels.csv"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a data set.

    Attributes
    ----------
    file
        Its path in the data set's folder.
    label
        Its class, or its labels.
    sha256
        Of the file's content.
    """

    file: str
    label: Goal
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images with their classes.

    Attributes
    ----------
    folder
        Where they lie.
    samples
        In the order of the table.
    """

    folder: Path
    samples: tuple[Sample, ...]


def open_dataset(
    name: str | Path, classes: Classes, *, table: Path | None = None, limit: int | None = None
) -> Dataset:
    """Open a data set by the name of a bundled one, or the path of a folder.

    Parameters
    ----------
    name
        See `find_labels`.
    classes
        The classes of the model.
    table
        See `find_labels`.
    limit
        Take the first images only.

    Returns
    -------
    Dataset
        In the order of the table.

    Raises
    ------
    TableError
        If there is no such data set, its table is broken or does not fit the model, or an
        image is missing.

    Examples
    --------
    >>> from percept_adv.evaluation import open_dataset
    >>> from percept_adv.labels import Classes
    >>> dataset = open_dataset("mnist-sample", Classes(10), limit=3)
    >>> [(sample.file, sample.label) for sample in dataset.samples]
    [('00000.png', 7), ('00001.png', 2), ('00002.png', 1)]
    """
    return label_images(find_labels(name, table), classes, limit=limit)


def find_labels(name: str | Path, table: Path | None = None) -> Table:
    """Find what says which class each image of a data set has.

    Parameters
    ----------
    name
        A bundled data set, a folder, or a table beside the images. The folder holds a
        ``labels.csv``, or one folder for each class.
    table
        A table that is elsewhere; its paths begin at the folder.

    Returns
    -------
    Table
        A row for each image.

    Raises
    ------
    TableError
        If there is none, or it is broken.

    Examples
    --------
    >>> from percept_adv.evaluation import find_labels
    >>> len(find_labels("mnist-sample").rows)
    100
    """
    path = Path(name)
    if str(name) in percept_adv_models.dataset_names():
        path = percept_adv_models.dataset_path(str(name))
    elif path.is_file() and table is None:
        return read_table(path)
    elif not path.is_dir():
        known = ", ".join(percept_adv_models.dataset_names())
        raise TableError(f"{name}: no such folder, and no bundled data set (those are: {known})")
    if table is not None:
        return replace(read_table(table), folder=path)
    if not (path / _LABELS).exists() and has_class_folders(path):
        return read_class_folders(path)
    return read_table(path / _LABELS)


def label_images(
    table: Table, classes: Classes | LabelSets, *, limit: int | None = None
) -> Dataset:
    """Return the images of a table with their classes, each once.

    Parameters
    ----------
    table
        As `find_labels` returns it.
    classes
        The classes of the model.
    limit
        Take the first images only.

    Returns
    -------
    Dataset
        In the order of the table.

    Raises
    ------
    TableError
        If a class is none of the model's, an image is missing, or its name is no text.

    Examples
    --------
    >>> from percept_adv.evaluation import find_labels, label_images
    >>> from percept_adv.labels import Classes
    >>> label_images(find_labels("mnist-sample"), Classes(10), limit=1).samples[0].label
    7
    """
    numbers = class_numbers(table, classes)
    rows = list({row.file: row for row in reversed(table.rows)}.values())[::-1][:limit]
    if not rows:
        raise TableError(f"{table.path} lists no image: add lines file,label")
    files = _locate(table, rows)
    _require_text(table, files)
    return Dataset(
        table.folder,
        tuple(
            Sample(file, numbers[row.file], _digest(table.folder / file, table))
            for row, file in zip(rows, files, strict=True)
        ),
    )


def _locate(table: Table, rows: list[Row]) -> list[str]:
    """Return the file of each row, seen from the table's folder.

    A row that is no path from there may be the end of one, or lack its extension.
    """
    elsewhere: dict[str, str] = {}
    if any(not (table.folder / row.file).is_file() for row in rows):
        found, _ = assign_rows(table, _images_in(table.folder))
        elsewhere = {
            row.file: path.relative_to(table.folder).as_posix() for path, row in found.items()
        }
    files = [
        row.file if (table.folder / row.file).is_file() else elsewhere.get(row.file) for row in rows
    ]
    lost = [row.file for row, file in zip(rows, files, strict=True) if file is None]
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise TableError(
            f"{table.path} names images that {table.folder} does not hold, or not only once: "
            f"{', '.join(lost[:_SHOWN])}{more}; correct the table or the folder"
        )
    return [file for file in files if file is not None]


def _require_text(table: Table, files: list[str]) -> None:
    """Raise if the name of a file is not UTF-8: tables and the record of a run hold text."""
    for file in files:
        try:
            file.encode()
        except UnicodeEncodeError:
            raise TableError(
                f"{printable(str(table.folder / file))}: the name is no UTF-8 text; rename it"
            ) from None


def _images_in(folder: Path) -> list[Path]:
    try:
        return [path for path, _ in find_images([folder])]
    except ImageError:
        return []


def _digest(path: Path, table: Table) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"{path}: {reason}; correct the line in {table.path}") from error
