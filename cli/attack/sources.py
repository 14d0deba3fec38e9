"""The images of an attack: read as the model takes them, with what is wanted of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from percept_adv_cli.shared.notes import Notes

from percept_adv.errors import InputError, PerceptAdvError
from percept_adv.images import read_mask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from percept_adv_cli.attack.targets import OneTarget

    from percept_adv.classifier import Classifier
    from percept_adv.labels import Goal, ImageClasses
    from percept_adv.storing import Store, StoreChoice


@dataclass(frozen=True, slots=True)
class Image:
    """An image to be attacked, and where its result goes."""

    path: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Source:
    """An image that is ready for the attack."""

    image: Image
    pixels: NDArray[np.float32]
    store: Store
    label: Goal | None
    target: Goal | None
    allowed: NDArray[np.bool_] | None
    notes: list[str]


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads images for an attack, and knows the classes that they have and are to reach."""

    classifier: Classifier
    store: StoreChoice
    labels: ImageClasses | None
    targets: OneTarget | ImageClasses | None
    mask: Path | None
    notes: Notes = field(default_factory=Notes)

    def read(self, image: Image) -> Source:
        """Read an image as the model takes it; of notes each is told once, before the attack.

        Raises
        ------
        PerceptAdvError
            If it cannot be used, or has no label or target where they are given.
        """
        pixels, notes = self.classifier.read(image.path)
        store, unkept = self.store.of(image.path)
        if unkept:
            notes.append(unkept)
        label, target = self.label_of(image), self.target_of(image)
        self.notes.tell((f"{image.path}: {note}" for note in notes), image.path)
        allowed = None if self.mask is None else read_mask(self.mask, pixels.shape[:2])
        return Source(image, pixels, store, label, target, allowed, notes)

    def label_of(self, image: Image) -> Goal | None:
        """Return the class that an image has, where labels are given."""
        return None if self.labels is None else self.labels.of(image.path)

    def target_of(self, image: Image) -> Goal | None:
        """Return the class that an image is to reach, where targets are given."""
        return None if self.targets is None else self.targets.of(image.path)

    def usable(self, images: Iterable[Image]) -> list[Source]:
        """Return the images of the most common size; the others fail where they are attacked.

        Raises
        ------
        InputError
            If there are none.
        """
        sources = []
        for image in images:
            try:
                sources.append(self.read(image))
            except PerceptAdvError:
                continue
        if not sources:
            raise InputError("no image can be used: give at least one that can be read")
        ((shape, _),) = Counter(source.pixels.shape for source in sources).most_common(1)
        return [source for source in sources if source.pixels.shape == shape]
