"""Which image file is measured against which reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from percept_adv.images import find_images

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pairs:
    """Images by reference, and what has no partner."""

    images: dict[Path, list[Path]] = field(default_factory=dict)
    """Images of each reference, in the order found."""
    unpaired: list[str] = field(default_factory=list)
    """One sentence for each file without a partner."""


def pair_files(reference: Path, images: Iterable[Path]) -> Pairs:
    """Pair images with their references.

    Parameters
    ----------
    reference : Path
        A file, the reference of all images; or a folder, whose images are paired by
        their relative path without suffix.
    images : iterable of Path
        Files, and folders searched through all levels.

    Raises
    ------
    ImageError
        If a path does not exist or a folder holds no image.
    """
    pairs = Pairs()
    if not reference.is_dir():
        # One by one: find_images refuses files of one name, which only outputs forbid.
        pairs.images[reference] = [file for given in images for file, _ in find_images([given])]
        return pairs
    references = _by_name(reference)
    for given in images:
        found = _by_name(given)
        for name, file in found.items():
            if name in references:
                pairs.images.setdefault(references[name], []).append(file)
            else:
                pairs.unpaired.append(f"{file} has no reference {name}.* in {reference}")
        if given.is_dir():
            pairs.unpaired.extend(
                f"{file} has no image {name}.* in {given}"
                for name, file in references.items()
                if name not in found
            )
    return pairs


def _by_name(path: Path) -> dict[Path, Path]:
    """Return the images of a file or folder by relative path without suffix."""
    return {relative.with_suffix(""): file for file, relative in find_images([path])}
