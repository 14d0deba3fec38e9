"""A table of files and classes as a spreadsheet or a script writes it: rows of text."""

from __future__ import annotations

import csv
import io
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.errors import TableError
from percept_adv.images import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_COLUMNS = (
    "file", "filename", "path", "filepath", "image", "imagefile", "imagename", "imagepath", "img",
    "imageid", "name", "id",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "truelabel", "class", "classid", "classindex", "labelid", "classname", "labelname",
    "category", "categoryid", "truth", "target", "y",
)  # fmt: skip
TARGET_COLUMNS = ("target", "targetclass", "targetlabel", *LABEL_COLUMNS)
"""Names of columns, in the order in which they are looked for, without case, _, - and spaces."""

_DELIMITERS = (",", ";", "\t", "|", " ")
_WANTED = "a table needs a column file and a column label, such as file,label or cat.png,7"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    file
        The path, with slashes.
    label
        The class as it is written.
    line
        Counted from 1; 0 where the table is no file.
    """

    file: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file with labels.

    Attributes
    ----------
    path
        The file, or the folder of folders.
    folder
        Where relative paths begin.
    rows
        One for each image.
    ordered
        Names of all classes in the order of their numbers, where the table itself knows it, as a
        folder of folders does; they stand for numbers if nothing else does.
    """

    path: Path
    folder: Path
    rows: tuple[Row, ...]
    ordered: tuple[str, ...] = ()

    def place(self, row: Row) -> str:
        """Say where a row stands.

        Parameters
        ----------
        row
            One of its rows.

        Returns
        -------
        str
            ``"labels.csv line 3"``.
        """
        return f"{self.path} line {row.line}" if row.line else f"{self.path}/{row.file}"


def read_table(path: Path, columns: Sequence[str] = LABEL_COLUMNS) -> Table:
    """Read a table of files and classes.

    Commas, semicolons, tabs, bars or spaces stand between the cells; UTF-8 or UTF-16, with or
    without a byte order mark; any line ends; backslashes in paths count as slashes. A table
    without a heading has two columns, the file first.

    Parameters
    ----------
    path
        The file.
    columns
        Names of the column with the classes: `LABEL_COLUMNS` or `TARGET_COLUMNS`.

    Returns
    -------
    Table
        A row for each line but the heading.

    Raises
    ------
    TableError
        If the file is not there or no such table, or a line lacks a cell.

    Examples
    --------
    >>> read_table(Path("labels.csv")).rows[0]  # doctest: +SKIP
    Row(file='cats/1.png', label='281', line=2)
    """
    lines = _cells(path, _decoded(path), columns)
    if not lines:
        raise TableError(f"{path} is empty: {_WANTED}")
    first_line, head = lines[0]
    found = _find_columns(head, columns)
    if found is None:
        if not _is_row(head):
            raise TableError(f"{path} line {first_line} has {', '.join(head)}: {_WANTED}")
        found = 0, 1
    else:
        del lines[0]
    rows = tuple(_row(path, number, cells, *found) for number, cells in lines)
    return Table(path, path.parent, rows)


def _decoded(path: Path) -> str:
    if path.is_dir():
        raise TableError(f"{path} is a folder: give the file of the table")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: {error.strerror or error}; {_WANTED}") from error
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is no UTF-8 text: save it as CSV UTF-8") from error


def _cells(path: Path, text: str, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the lines that are not empty as cells, by the delimiter that fits the first."""
    splits = []
    for delimiter in _DELIMITERS:
        lines = _split(path, text, delimiter)
        if lines and (_find_columns(lines[0][1], columns) or _is_row(lines[0][1])):
            return lines
        splits.append(lines)
    return splits[0]


def _split(path: Path, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    # csv takes the line ends apart itself; old Macintosh ones only if they are made known.
    reader = csv.reader(
        io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline=""),
        delimiter=delimiter,
        skipinitialspace=True,
    )
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise TableError(f"{path} line {reader.line_num}: {error}; {_WANTED}") from error
    return [(number, cells) for number, cells in lines if any(cells)]


def _find_columns(head: Sequence[str], columns: Sequence[str]) -> tuple[int, int] | None:
    """Return where file and class stand, if a line is a heading."""
    names = ["".join(c for c in cell.lower() if c not in "_- ") for cell in head]
    file = next((names.index(name) for name in FILE_COLUMNS if name in names), None)
    label = next((names.index(name) for name in columns if name in names), None)
    return None if file is None or label is None else (file, label)


def _is_row(cells: Sequence[str]) -> bool:
    """Whether a first line is no heading: an image's name and one more cell."""
    return len(cells) == 2 and posixpath.splitext(cells[0])[1].lower() in SUFFIXES


def _row(path: Path, line: int, cells: Sequence[str], file: int, label: int) -> Row:
    if max(file, label) >= len(cells) or not cells[file] or not cells[label]:
        raise TableError(f"{path} line {line} has {', '.join(cells)}: it lacks its file or label")
    return Row(posixpath.normpath(cells[file].replace("\\", "/")), cells[label], line)
