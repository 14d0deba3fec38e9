"""Names for the results of images: none is taken twice, on any file system."""

from __future__ import annotations

import hashlib
import itertools
import os
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_STEM = 220
"""Bytes: leaves room for the suffixes of results and records below the usual limit of 255."""


def unique_names(
    images: Sequence[tuple[Path, Path]], companions: tuple[str, ...] = ()
) -> list[Path]:
    """Return a relative path for the result of each image, with the image's own suffix.

    An image keeps its own relative path unless another would be written under it: then
    cat.jpg and cat.png become cat_jpg.jpg and cat_png.png, x/cat.png and y/cat.png become
    x_cat.png and y_cat.png. Upper and lower case do not count as different.

    Parameters
    ----------
    images
        Pairs of a path and a relative path.
    companions
        Endings of names that are kept free beside each: ``"_reference"``.
    """
    stems = [_short(relative) for _, relative in images]
    sharing = defaultdict(list)
    for number, stem in enumerate(stems):
        sharing[_key(stem)].append(number)
    taken: set[str] = set()
    names: dict[int, Path] = {}
    # Those that share with nobody first: they keep their names.
    for number in sorted(range(len(images)), key=lambda n: len(sharing[_key(stems[n])]) > 1):
        path, _relative = images[number]
        group = [images[other] for other in sharing[_key(stems[number])]]
        for stem in _candidates(stems[number], path, group):
            keys = {_key(stem.with_name(stem.name + ending)) for ending in ("", *companions)}
            if not keys & taken:
                taken |= keys
                names[number] = stem.with_name(stem.name + path.suffix)
                break
    return [names[number] for number in range(len(images))]


def _candidates(stem: Path, path: Path, group: list[tuple[Path, Path]]) -> Iterator[Path]:
    """Propose names, the most telling first: the last kind never ends."""
    if len(group) == 1:
        yield stem
    kinds = {relative.suffix.lower() for _, relative in group}
    if len(group) == 1 or len(kinds) == len(group):
        if path.suffix:
            yield stem.with_name(f"{stem.name}_{path.suffix[1:]}")
    else:
        folder = path.absolute().parent.name
        yield stem.with_name(f"{folder}_{stem.name}")
    for number in itertools.count(2):
        yield stem.with_name(f"{stem.name}_{number}")


def without_suffix(path: Path) -> str:
    """Drop the suffix of a path, also where nothing is left of the name."""
    return str(path).removesuffix(path.suffix)


def _key(stem: Path) -> str:
    """Return what two names share if some file system takes them for one."""
    return unicodedata.normalize("NFC", str(stem)).casefold()


def _short(relative: Path) -> Path:
    """Drop the suffix; cut a name that leaves no room for one, told apart by a hash."""
    name = without_suffix(Path(relative.name))
    if not relative.suffix or not name.strip("."):
        name = name.replace(".", "_")  # What follows a dot would be taken for a suffix.
    stem = relative.with_name(name)
    content = os.fsencode(stem.name)
    if len(content) <= _LONGEST_STEM:
        return stem
    mark = hashlib.sha256(content).hexdigest()[:8]
    kept = content[: _LONGEST_STEM - 9].decode("utf-8", "ignore")
    return stem.with_name(f"{kept}_{mark}")
