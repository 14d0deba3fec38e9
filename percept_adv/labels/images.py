"""Which line of a table an image belongs to: by its path first, by as much of it as is written."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from percept_adv.errors import InputError, TableError
from percept_adv.images import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from percept_adv.labels.classes import Classes
    from percept_adv.labels.sets import LabelSets
    from percept_adv.labels.table import Row, Table


Goal = int | tuple[int, ...]
"""A class, or of independent labels 1, 0 or -1 (on, off, either) for each."""


@dataclass(frozen=True, slots=True)
class ImageClasses:
    """The class of each image, or why it has none.

    Attributes
    ----------
    numbers
        The class of each image that has one, by its path.
    problems
        One sentence for each image that has none, by its path.
    """

    numbers: Mapping[Path, Goal]
    problems: Mapping[Path, str]

    def of(self, image: Path) -> Goal:
        """Return the class of an image.

        Parameters
        ----------
        image
            Its path.

        Returns
        -------
        int or tuple of int
            A class, or 1, 0 or -1 for each of independent labels.

        Raises
        ------
        InputError
            If the table has no line for it, or several images share the line.
        """
        if image not in self.numbers:
            raise InputError(self.problems[image])
        return self.numbers[image]


def assign_classes(
    table: Table, images: Iterable[Path], classes: Classes | LabelSets, *, what: str, option: str
) -> ImageClasses:
    """Give each image the class of its line.

    A line belongs to the image whose path it is, seen from the table's folder; otherwise to the
    one image whose path ends in what is written there. A name without an extension stands for
    the image that has one.

    Parameters
    ----------
    table
        Every line is checked, also those of no image.
    images
        Their paths.
    classes
        The model's.
    what, option
        For messages: "label" and "--labels", or "target" and "--targets".

    Returns
    -------
    ImageClasses
        The class of each image, or why it has none.

    Raises
    ------
    TableError
        If a line's class is none of the model's, or two lines contradict each other.

    Examples
    --------
    >>> from pathlib import Path
    >>> from percept_adv.labels import Classes, Row, Table, assign_classes
    >>> table = Table(Path("labels.csv"), Path("photographs"), (Row("a.png", "cat", 1),))
    >>> classes = Classes(2, ["dog", "cat"])
    >>> image = Path("photographs/a.png")
    >>> assign_classes(table, [image], classes, what="label", option="--labels").of(image)
    1
    """
    numbers = class_numbers(table, classes)
    rows, problems = assign_rows(table, images)
    reasons = {
        image: problem.format(what=what, option=option) for image, problem in problems.items()
    }
    return ImageClasses({image: numbers[row.file] for image, row in rows.items()}, reasons)


def assign_rows(table: Table, images: Iterable[Path]) -> tuple[dict[Path, Row], dict[Path, str]]:
    """Return the line of each image, and why an image has none; see `assign_classes`.

    The reasons have places for ``what`` and ``option``.
    """
    lines = {row.file: row for row in table.rows}
    by_line = defaultdict(list)
    problems: dict[Path, str] = {}
    for image in dict.fromkeys(images):
        row, exact = _line_of(image, table, lines)
        if row is None:
            lacking = f"{image} has no {{what}}: add a line {image.name},CLASS to {{option}}"
            problems[image] = lacking
        else:
            by_line[row.file].append((image, exact))
    assigned: dict[Path, Row] = {}
    for file, claims in by_line.items():
        rightful = [image for image, exact in claims if exact] or [image for image, _ in claims]
        alone = len({image.resolve() for image in rightful}) == 1
        for image, _ in claims:
            if alone and image in rightful:
                assigned[image] = lines[file]
            else:
                problems[image] = (
                    f"{image} has no {{what}} of its own: the line {file} of {{option}} belongs to "
                    f"{_another(image, claims)} too; write the folder into the line"
                )
    return assigned, problems


def class_numbers(table: Table, classes: Classes | LabelSets) -> dict[str, Goal]:
    """Return the class of each file of a table.

    Raises
    ------
    TableError
        See `assign_classes`.
    """
    numbers: dict[str, Goal] = {}
    first: dict[str, Row] = {}
    ordered = _by_order(table, classes)
    for row in table.rows:
        try:
            number = ordered[row.label] if ordered else classes.number(row.label)
        except TableError as error:
            raise TableError(f"{table.place(row)}: {error}") from error
        if numbers.setdefault(row.file, number) != number:
            raise TableError(
                f"{table.path} gives {row.file} the class {first[row.file].label} in line "
                f"{first[row.file].line} and {row.label} in line {row.line}: remove one"
            )
        first.setdefault(row.file, row)
    return numbers


def _by_order(table: Table, classes: Classes | LabelSets) -> dict[str, int]:
    """Return classes by the order of the folders, where their names say nothing to the model."""
    if len(table.ordered) != classes.count:
        return {}
    for name in table.ordered:
        try:
            classes.number(name)
        except TableError:
            continue
        return {}
    return {name: number for number, name in enumerate(table.ordered)}


def _line_of(image: Path, table: Table, lines: Mapping[str, Row]) -> tuple[Row | None, bool]:
    """Return the line of an image, and whether it is its path."""
    absolute = Path(image).absolute()
    parts = absolute.parts
    for start in range(len(parts)):
        tail = PurePosixPath(*parts[start:])
        names = [tail.as_posix()]
        if tail.suffix.lower() in SUFFIXES:
            names.append(tail.with_suffix("").as_posix())
        for name in names:
            if name in lines:
                written = table.folder / lines[name].file
                exact = written.parent.resolve() == absolute.parent.resolve()
                return lines[name], exact
    return _from_folder(absolute, table, lines), True


def _from_folder(image: Path, table: Table, lines: Mapping[str, Row]) -> Row | None:
    """Return the line that reaches an image by leaving the table's folder (../images/a.png)."""
    written = os.path.relpath(image.resolve(), table.folder.resolve())
    return lines.get(Path(written).as_posix())


def _another(image: Path, claims: list[tuple[Path, bool]]) -> Path:
    return next(other for other, _ in claims if other != image)
