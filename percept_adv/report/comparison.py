"""One photograph, what several attacks made of it, and what is to be seen of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.evaluation import outcome_record
from percept_adv.images import atomic_write, from_uint8, to_uint8, write_png
from percept_adv.report.pictures import (
    common_gain,
    magnified_picture,
    overview,
    perturbation_picture,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from percept_adv.attacks import ImageResult
    from percept_adv.classifier import Classifier


@dataclass(frozen=True, slots=True)
class AttackView:
    """What one attack made of a photograph: figures, and the adversarial file."""

    attack: str
    record: dict[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class PhotographView:
    """A photograph and the attacks on it; perturbations are shown with one ``gain``."""

    name: str
    gain: float
    original: Path
    attacks: tuple[AttackView, ...]


def compare_attacks(
    name: str, outcomes: Mapping[str, ImageResult], classifier: Classifier, folder: Path
) -> PhotographView:
    """Write a photograph's pictures into a folder and gather its figures.

    ``overview.png`` shows the original and the adversarials above their magnified images.

    Each adversarial file is read back and classified again: ``record["read_back"]`` is the class
    of what lies on the disk.

    Parameters
    ----------
    name
        Of the photograph.
    outcomes
        The outcome of each attack on it, by the attack's name.
    classifier
        The deployed model.
    folder
        Where the pictures go: PNGs, but the adversarials are the files that were judged.

    Returns
    -------
    PhotographView
        What the page shows of it.

    Raises
    ------
    OutputError
        If they cannot be written.

    Examples
    --------
    >>> from percept_adv.report import compare_attacks
    >>> outcomes = {"fgsm": percept_adv.attacks.fgsm(classifier, images, labels)[0]}
    >>> compare_attacks("seven", outcomes, classifier, folder)  # doctest: +SKIP
    """
    original = to_uint8(next(iter(outcomes.values())).original)
    perturbations = {
        attack: from_uint8(outcome.stored) - from_uint8(original)
        for attack, outcome in outcomes.items()
    }
    gain = common_gain(list(perturbations.values()))
    views, made = [], {}
    for attack, outcome in outcomes.items():
        made[attack] = pictures = {
            "perturbation": perturbation_picture(perturbations[attack], gain),
            "magnified": magnified_picture(outcome.stored),
        }
        for kind, picture in pictures.items():
            write_png(folder / f"{attack}_{kind}.png", picture)
        stored = folder / f"{attack}_adversarial{outcome.suffix}"
        with atomic_write(stored) as part:
            part.write_bytes(outcome.file)
        record = outcome_record(outcome, classifier.class_names)
        record["read_back"] = _classify_file(stored, classifier)
        views.append(AttackView(attack, record, stored))
    own = {"original": original, "magnified": magnified_picture(original)}
    write_png(folder / "original.png", own["original"])
    write_png(folder / "original_magnified.png", own["magnified"])
    rows = [
        [own["original"], *(outcome.stored for outcome in outcomes.values())],
        [own["magnified"], *(pictures["magnified"] for pictures in made.values())],
    ]
    write_png(folder / "overview.png", overview(rows))
    return PhotographView(name, gain, folder / "original.png", tuple(views))


def _classify_file(path: Path, classifier: Classifier) -> int:
    pixels, _ = classifier.read(path)
    return int(classifier.taking(pixels.shape).predict(pixels[np.newaxis])[0])
