"""From files and folders on a command line to images and the names of their outputs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from percept_adv.errors import ImageError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

EXTENSIONS = frozenset(
    {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".ppm", ".pgm", ".jp2"}
)


def find_images(inputs: Iterable[str | os.PathLike[str]]) -> list[tuple[Path, Path]]:
    """List the images among files and folders, with a relative path for each output.

    Parameters
    ----------
    inputs
        Files, taken whatever their name, and folders, searched through all levels for
        the `EXTENSIONS`; hidden files are left out.

    Returns
    -------
    list of (path, relative)
        ``relative`` mirrors the tree of a folder; for a file it is its name. No two
        differ in their suffix only, so ``relative.with_suffix(".png")`` is safe. In
        order of the arguments, sorted within a folder, each file once.

    Raises
    ------
    ImageError
        If a path does not exist, a folder holds no image, or two files of different
        folders would be written under the same name.
    """
    found: dict[Path, tuple[Path, Path]] = {}
    for path in map(Path, inputs):
        if not path.exists():
            raise ImageError(f"{path} does not exist")
        for file, relative in _in_folder(path) if path.is_dir() else [(path, Path(path.name))]:
            found.setdefault(file.resolve(), (file, relative))
    return _apart(list(found.values()))


def _in_folder(folder: Path) -> list[tuple[Path, Path]]:
    relatives = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    images = [
        (folder / relative, relative)
        for relative in relatives
        if relative.suffix.lower() in EXTENSIONS
        and not any(part.startswith(".") for part in relative.parts)
    ]
    if not images:
        raise ImageError(
            f"the folder {folder} holds no image (looked for {', '.join(sorted(EXTENSIONS))})"
        )
    return images


def _apart(images: list[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """Rename outputs that differ in their suffix only: cat.jpg becomes cat_jpg.jpg."""
    by_stem = defaultdict(list)
    for path, relative in images:
        by_stem[relative.with_suffix("")].append(path)
    named = []
    taken: dict[Path, Path] = {}
    for path, relative in images:
        output = relative
        if len(by_stem[relative.with_suffix("")]) > 1:
            output = relative.with_name(f"{relative.stem}_{relative.suffix[1:]}{relative.suffix}")
        other = taken.setdefault(output.with_suffix(""), path)
        if other is not path:
            raise ImageError(
                f"{other} and {path} would both be written as {output}: "
                "rename one, or give the folder that holds both"
            )
        named.append((path, output))
    return named
