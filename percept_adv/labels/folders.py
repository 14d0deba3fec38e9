"""A folder for each class instead of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import TableError
from percept_adv.images import SUFFIXES, find_images
from percept_adv.labels.table import Row, Table

if TYPE_CHECKING:
    from pathlib import Path


def has_class_folders(folder: Path) -> bool:
    """Whether a folder has folders and no images of its own.

    Parameters
    ----------
    folder
        Any folder.

    Returns
    -------
    bool
        True for a data set that has one folder for each class.

    Examples
    --------
    >>> from percept_adv.labels import has_class_folders
    >>> has_class_folders(digits)
    False
    """
    return bool(_class_folders(folder)) and not _own_images(folder)


def read_class_folders(folder: Path) -> Table:
    """Return the images of a folder's folders, each of the class that its folder is called.

    Parameters
    ----------
    folder
        Its folders hold the images of one class each.

    Returns
    -------
    Table
        A row for each image.

    Raises
    ------
    TableError
        If there is no such folder, or no image in any.

    Examples
    --------
    >>> from percept_adv.labels import read_class_folders
    >>> (folder / "cat").mkdir()
    >>> percept_adv.images.write_png(folder / "cat" / "a.png", np.eye(2))
    >>> read_class_folders(folder).rows
    (Row(file='cat/a.png', label='cat', line=0),)
    """
    classes = _class_folders(folder)
    if not classes:
        raise TableError(f"{folder} has no folders: give a folder that has one for each class")
    rows = [
        Row((path := relative.relative_to(folder)).as_posix(), path.parts[0], 0)
        for relative, _ in find_images([folder])
        if relative.parent != folder
    ]
    if not rows:
        raise TableError(f"the folders in {folder} hold no images")
    return Table(folder, folder, tuple(rows), ordered=tuple(classes))


def _class_folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(
        entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."
    )


def _own_images(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES]
