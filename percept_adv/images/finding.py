"""From files and folders on a command line to the images among them."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from percept_adv.errors import ImageError, ParameterError
from percept_adv.images.formats import HEAD_SIZE, SUFFIXES, looks_like_image
from percept_adv.images.naming import unique_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Found:
    """An image file.

    Attributes
    ----------
    path
        Where it lies.
    relative
        Its path below the folder that was searched; its name, for a file that was given.
    name
        ``relative``, changed where results would collide: of no two images do names differ
        in their suffix only, so ``name.with_suffix(".png")`` is safe.
    """

    path: Path
    relative: Path
    name: Path


@dataclass(slots=True)
class Search:
    """What was found among files and folders, and what was left.

    Attributes
    ----------
    images
        In the order of the arguments, sorted within a folder, each file once.
    left_out
        How many files of folders are no images that can be read, by kind: ``".csv"``.
    unreadable
        One sentence for each folder that could not be looked into.
    """

    images: list[Found] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def left_out_note(self) -> str | None:
        """Say how many files were left out and of which kinds; None if there are none."""
        if not self.left_out:
            return None
        total = self.left_out.total()
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.left_out.most_common())
        return f"{total} {'file' if total == 1 else 'files'} left out as no images: {kinds}"


def search_images(
    inputs: Iterable[str | os.PathLike[str]],
    *,
    output: Path | None = None,
    companions: Iterable[str] = (),
) -> Search:
    """Find the images among files and folders.

    Parameters
    ----------
    inputs
        Files, taken whatever their name, and folders, searched through all levels, links to
        folders included. Of a folder every file is taken whose name or content is that of an
        image that `read_image` knows; hidden files and folders are left out.
    output
        The folder of the results: not searched where it lies inside a folder.
    companions
        What results add to the name of their image, such as ``"_reference"``: such names are
        kept free, too.

    Returns
    -------
    Search
        The images, and what was left out.

    Raises
    ------
    ImageError
        If a path does not exist, or there is no image at all in a folder.
    ParameterError
        If ``output`` is one of the folders itself.

    Examples
    --------
    >>> from percept_adv.images import search_images
    >>> found = search_images([digits])
    >>> len(found.images), dict(found.left_out)
    (100, {'.csv': 1})
    """
    search = Search()
    found: dict[Path, tuple[Path, Path]] = {}
    results = None if output is None else output.resolve()
    for path in map(Path, inputs):
        if not os.path.lexists(path):
            raise ImageError(f"{path} does not exist")
        if path.is_dir():
            if path.resolve() == results:
                raise ParameterError(
                    f"OUT is the folder {path} itself, where results would become inputs of the "
                    "next run: choose another OUT, which may lie inside it"
                )
            pairs = _in_folder(path, results, search)
        else:
            pairs = [(path, Path(path.name))]
        for file, relative in pairs:
            found.setdefault(_identity(file), (file, relative))
    names = unique_names(list(found.values()), tuple(companions))
    search.images = [
        Found(file, relative, name)
        for (file, relative), name in zip(found.values(), names, strict=True)
    ]
    return search


def find_images(inputs: Iterable[str | os.PathLike[str]]) -> list[tuple[Path, Path]]:
    """List the images among files and folders, with a relative path for each output.

    Parameters
    ----------
    inputs
        Files and folders, as for `search_images`.

    Returns
    -------
    list of (path, relative)
        ``relative`` mirrors the tree of a folder; for a file it is its name. No two
        differ in their suffix only, so ``relative.with_suffix(".png")`` is safe.

    Raises
    ------
    ImageError
        As for `search_images`.

    Examples
    --------
    >>> from percept_adv.images import find_images
    >>> path, relative = find_images([digits])[0]
    >>> str(relative)
    '00000.png'
    """
    return [(found.path, found.name) for found in search_images(inputs).images]


def counterpart(given: Path, relative: Path) -> Path:
    """Name the image that belongs to another: the one given, or its namesake in the folder given.

    Parameters
    ----------
    given
        A file, or a folder that holds images of the same names.
    relative
        Of the other image, below its own folder. A namesake may be in another format.

    Returns
    -------
    Path
        Where there is no such image, the path of the same suffix, for the error.

    Examples
    --------
    >>> from percept_adv.images import counterpart
    >>> counterpart(digits, Path("00000.jpg")).name
    '00000.png'
    """
    if not given.is_dir():
        return given
    same = given / relative
    if same.is_file():
        return same
    others = [
        path
        for path in sorted(same.parent.glob(f"{glob.escape(same.stem)}.*"))
        if path.suffix.lower() in SUFFIXES
    ]
    return others[0] if len(others) == 1 else same


def _identity(file: Path) -> Path:
    """Return the file that a name means: links to one file are one image."""
    return file if _kind(file) == "pipe" else file.resolve()


def _in_folder(folder: Path, output: Path | None, search: Search) -> list[tuple[Path, Path]]:
    left_before, problems = search.left_out.total(), len(search.unreadable)
    images = []
    for file in _files(folder, output, search.unreadable):
        kind = _kind(file)
        if kind == "file" and _is_image(file):
            images.append((file, file.relative_to(folder)))
        else:
            search.left_out[_described(file, kind)] += 1
    if not images:
        if len(search.unreadable) > problems:
            raise ImageError("; ".join(search.unreadable[problems:]))
        left = search.left_out.total() - left_before
        raise ImageError(
            f"the folder {folder} holds no image"
            + (f" that can be read ({search.left_out_note()})" if left else "")
        )
    return sorted(images, key=lambda pair: pair[1])


def _files(folder: Path, output: Path | None, unreadable: list[str]) -> Iterator[Path]:
    """Yield all files that are not hidden; each folder once, whatever links lead to it."""

    def note(error: OSError) -> None:
        unreadable.append(f"cannot look into the folder {error.filename}: {error.strerror}")

    seen = set()
    for root, folders, names in os.walk(folder, onerror=note, followlinks=True):
        here = Path(root).resolve()
        if here in seen or here == output:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in names if not name.startswith("."))


def _kind(file: Path) -> str:
    try:
        mode = file.stat().st_mode
    except OSError:
        return "broken link" if file.is_symlink() else "file"
    if stat.S_ISREG(mode):
        return "file"
    return "pipe" if stat.S_ISFIFO(mode) else "device or socket"


def _is_image(file: Path) -> bool:
    """Go by the usual suffixes, so that a damaged image is told; otherwise by the content."""
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return looks_like_image(stream.read(HEAD_SIZE))
    except OSError:
        return False


def _described(file: Path, kind: str) -> str:
    if kind != "file":
        return kind
    return file.suffix.lower() or "without suffix"
