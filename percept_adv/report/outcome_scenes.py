"""Scenes of attacks on one image, from files that lie beside the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.images import from_uint8, read_image
from percept_adv.magnification import magnification_statistics, magnify, viewing_range
from percept_adv.report.pictures import common_gain, magnified_picture, perturbation_picture
from percept_adv.report.viewer.facts import attack_facts
from percept_adv.report.viewer.scene import Scene, Subject, flat_statistics
from percept_adv.report.viewer.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.report.viewer.shelf import Shelf

SETTINGS = {"beta": 0.8, "domain_sigma": 5.0, "range_sigma": 0.2, "gain": 1.0}
"""Of all magnified pictures in pages about attacks."""


def outcome_scene(
    shelf: Shelf,
    place: int,
    name: str,
    original: Path,
    attacked: Mapping[str, tuple[str, Path, dict[str, Any]]],
    class_names: Sequence[str] | None = None,
    *,
    gain: float | None = None,
) -> Scene:
    """Magnify an image and what attacks made of it; keep the pictures for a page.

    Parameters
    ----------
    shelf
        Keeps them.
    place
        Of the scene in the list.
    name
        By which it is listed.
    original
        PNG of the image without attack.
    attacked
        For each attack a title, the PNG of what it made, and its record.
    class_names
        Of the model, where records have only numbers.
    gain
        Of the differences; by default one that suits this image.

    Returns
    -------
    Scene
        What the page's script is told.

    Raises
    ------
    ImageError
        If a PNG cannot be read.
    OutputError
        If a picture cannot be written.

    Examples
    --------
    >>> from percept_adv.report import outcome_scene
    >>> scene = outcome_scene(shelf, 0, "seven", digits / "00000.png", {})  # doctest: +SKIP
    """
    clean = _read(original)
    images = {attack: _read(path) for attack, (_, path, _) in attacked.items()}
    differences = {
        attack: from_uint8(image) - from_uint8(clean) for attack, image in images.items()
    }
    gain = gain or common_gain(list(differences.values()))
    stem = original.stem if original.stem != "original" else original.parent.name
    subjects = [_subject(shelf, "original", "original", original, clean, stem)]
    for attack, (title, path, record) in attacked.items():
        subject = _subject(shelf, attack, title, path, images[attack], stem)
        subject.facts = attack_facts(title, record, class_names)
        shown = perturbation_picture(differences[attack], gain)
        subject.pictures["difference"] = shelf.picture(f"{stem}_{attack}_difference", shown)
        subjects.append(subject)
    subjects[0].reference = True
    height, width = clean.shape[:2]
    small = shelf.thumbnail(f"{stem}_thumbnail", thumbnail(clean))
    return Scene(str(place), name, subjects, width, height, 8, small, _statistics(clean), gain)


def _subject(
    shelf: Shelf, name: str, label: str, path: Path, image: NDArray[np.uint8], stem: str
) -> Subject:
    magnified = shelf.picture(f"{stem}_{name}_magnified", magnified_picture(image))
    return Subject(name, label, pictures={"stored": shelf.file(path), "magnified": magnified})


def _statistics(image: NDArray[np.uint8]) -> dict[str, float]:
    floats = from_uint8(image)
    signal = magnify(floats)
    described = magnification_statistics(floats, signal).as_dict()
    shown = viewing_range([signal], "fixed")
    return flat_statistics({**described, "share_clipped": shown.share_clipped(signal)})


def _read(path: Path) -> NDArray[np.uint8]:
    samples: NDArray[np.uint8] = read_image(path).samples
    return samples
