"""Which image file is measured against which reference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from percept_adv.images import search_images
from percept_adv.images.naming import without_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from percept_adv.images import Found, Search


@dataclass(frozen=True, slots=True)
class Pairs:
    """Images by reference, and what has no partner.

    Attributes
    ----------
    images
        Images of each reference, in the order found.
    unpaired
        One sentence for each image without a reference, and for what could not be looked into.
    surplus
        One sentence for each reference without an image.
    notes
        What was left out of the folders.
    """

    images: dict[Path, list[Found]] = field(default_factory=dict)
    unpaired: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def told(self, search: Search) -> list[Found]:
        """Keep what a search says, and return its images.

        Parameters
        ----------
        search
            What was found in one folder.

        Returns
        -------
        list of Found
            Its images.
        """
        note = search.left_out_note()
        if note is not None and note not in self.notes:
            self.notes.append(note)
        self.unpaired.extend(search.unreadable)
        return search.images


def pair_files(reference: Path, images: Iterable[Path], *, output: Path | None = None) -> Pairs:
    """Pair images with their references.

    Parameters
    ----------
    reference : Path
        A file, the reference of all images; or a folder, whose images are paired by
        their relative path: the whole of it, or else without the suffix.
    images : iterable of Path
        Files, and folders searched through all levels.
    output : Path
        The folder of the results, which is not searched.

    Returns
    -------
    Pairs
        The images of each reference, and a sentence for whatever has no partner.

    Raises
    ------
    ImageError
        If a path does not exist or a folder holds no image.
    ParameterError
        If ``output`` is one of the folders.

    Examples
    --------
    >>> from percept_adv.metrics import pair_files
    >>> pairs = pair_files(digits, [digits])
    >>> len(pairs.images), pairs.unpaired
    (100, [])
    """
    pairs = Pairs()
    if not reference.is_dir():
        pairs.images[reference] = pairs.told(search_images(images, output=output))
        return pairs
    references = _References(pairs.told(search_images([reference], output=output)))
    for given in images:
        used = set()
        for image in pairs.told(search_images([given], output=output)):
            partners = references.of(image)
            if len(partners) == 1:
                pairs.images.setdefault(partners[0].path, []).append(image)
                used.add(partners[0].path)
            else:
                pairs.unpaired.append(_without_partner(image, partners, reference))
        if given.is_dir():
            pairs.surplus.extend(
                f"{one.path} has no image {without_suffix(one.relative)}.* in {given}"
                for one in references.every
                if one.path not in used
            )
    return pairs


class _References:
    """The images of a folder by relative path."""

    def __init__(self, every: list[Found]) -> None:
        self.every = every
        self._exact = {one.relative: one for one in every}
        self._alike = defaultdict(list)
        for one in every:
            self._alike[without_suffix(one.relative)].append(one)

    def of(self, image: Found) -> list[Found]:
        """Return the one of the same name, or all whose names differ in the suffix only."""
        if image.relative in self._exact:
            return [self._exact[image.relative]]
        return self._alike[without_suffix(image.relative)]


def _without_partner(image: Found, partners: list[Found], reference: Path) -> str:
    stem = without_suffix(image.relative)
    if not partners:
        return f"{image.path} has no reference {stem}.* in {reference}"
    names = " and ".join(str(one.relative) for one in partners)
    return f"{image.path} has several references in {reference}: {names}; name it as one of them"
