"""A labelled set of images: a folder with labels.csv, or a bundled one."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import percept_adv_models

from percept_adv.errors import InputError

_LABELS = "labels.csv"


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a data set: its file there, its class, and the digest of its content."""

    file: str
    label: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images with their classes, in the order of the table."""

    folder: Path
    samples: tuple[Sample, ...]


def open_dataset(name: str | Path, *, limit: int | None = None) -> Dataset:
    """Open a data set by the name of a bundled one, or the path of a folder.

    Parameters
    ----------
    name
        The folder holds images and a ``labels.csv`` with the columns ``file`` (relative to the
        folder) and ``label`` (counted from 0).
    limit
        Take the first images only.

    Raises
    ------
    InputError
        If there is no such data set, its table is broken, or an image is missing.
    """
    folder = _find(name)
    table = read_label_table(folder / _LABELS)[:limit]
    if not table:
        raise InputError(f"{folder / _LABELS} lists no image: add lines file,label")
    return Dataset(
        folder, tuple(Sample(file, label, _digest(folder / file)) for file, label in table)
    )


def _find(name: str | Path) -> Path:
    if str(name) in percept_adv_models.dataset_names():
        return percept_adv_models.dataset_path(str(name))
    folder = Path(name)
    if not folder.is_dir():
        known = ", ".join(percept_adv_models.dataset_names())
        raise InputError(f"{name}: no such folder, and no bundled data set (those are: {known})")
    return folder


def read_label_table(path: Path) -> list[tuple[str, int]]:
    """Return the rows of a CSV file with the columns ``file,label``.

    Raises
    ------
    InputError
        If the columns are missing or a label is no whole number.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [(row["file"], int(row["label"])) for row in csv.DictReader(file)]
    except KeyError as error:
        raise InputError(f"{path} has no column {error}: it needs file,label") from error
    except (ValueError, TypeError, OSError) as error:
        raise InputError(f"{path} cannot be read as file,label: {error}") from error


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path}: {reason}; correct the line in {_LABELS}") from error
