"""Scenes of plain images, each with its clean reference if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.inspection.library import Library, SubjectFile, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def library_of_images(pairs: Iterable[tuple[Path, Path, Path | None]]) -> Library:
    """Return scenes for images.

    Parameters
    ----------
    pairs
        Path of the image, the name by which it is shown, and its reference's path or None.

    Returns
    -------
    Library
        With an image beside its reference, where it has one.

    Examples
    --------
    >>> from pathlib import Path
    >>> from percept_adv.inspection import library_of_images
    >>> len(library_of_images([(digits / "00000.png", Path("seven"), None)]).scenes)
    1
    """
    scenes = []
    for path, name, reference in pairs:
        subjects = [SubjectFile("image", "image", path)]
        if reference is not None:
            subjects.append(SubjectFile("reference", "reference", reference, reference=True))
        scenes.append((str(name), tuple(subjects)))
    return Library(numbered(scenes), "pair", "images")
