"""Images of one size, which are attacked together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks import AttackRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from percept_adv_cli.attack.sources import Reader, Source

    from percept_adv.classifier import Classifier

_MOST_IMAGES, _MOST_SAMPLES = 64, 1 << 25
"""Held in memory together."""


@dataclass(frozen=True, slots=True)
class Group:
    """Images with the classes that they have, and those that they are to reach if there are any."""

    sources: list[Source]
    images: NDArray[np.float32]
    labels: NDArray[Any]
    targets: NDArray[Any] | None

    @classmethod
    def of(cls, sources: list[Source], reader: Reader) -> Group:
        """Return images of one size; where no labels are given, they have the model's own."""
        images = np.stack([source.pixels for source in sources])
        if reader.labels is None:
            labels = reader.classifier.taking(images.shape[1:]).predict(images)
        else:
            labels = np.array([source.label for source in sources])
        targets = None
        if reader.targets is not None:
            targets = np.array([source.target for source in sources])
        return cls(sources, images, labels, targets)

    @property
    def goals(self) -> NDArray[Any]:
        """The classes to reach, or to leave where there are none to reach."""
        return self.labels if self.targets is None else self.targets

    def divided(self) -> tuple[Group, list[Source]]:
        """Return the images that can be attacked, and those that are in their target already."""
        if self.targets is None:
            return self, []
        same = (self.labels == self.targets).reshape(len(self.sources), -1).all(axis=1)
        rows = np.flatnonzero(~same)
        fitting = replace(
            self,
            sources=[self.sources[row] for row in rows],
            images=self.images[rows],
            labels=self.labels[rows],
            targets=self.targets[rows],
        )
        return fitting, [self.sources[row] for row in np.flatnonzero(same)]

    def request(self, classifier: Classifier, **options: Any) -> AttackRequest:
        """Return what an attack of these images is called with."""
        allowed = [one.allowed for one in self.sources if one.allowed is not None]
        return AttackRequest(
            classifier,
            self.images,
            self.labels,
            targets=self.targets,
            mask=np.stack(allowed) if allowed else None,
            store=[source.store for source in self.sources],
            **options,
        )


def in_parts(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Yield images in parts that fit into the memory, one at least in each."""
    part: list[Source] = []
    for source in sources:
        part.append(source)
        if len(part) == _MOST_IMAGES or sum(one.pixels.size for one in part) >= _MOST_SAMPLES:
            yield part
            part = []
    if part:
        yield part


def groups_of_one_size(sources: list[Source]) -> list[list[Source]]:
    """Group images by shape: images of different sizes cannot be in one batch."""
    groups: dict[tuple[int, ...], list[Source]] = {}
    for source in sources:
        groups.setdefault(source.pixels.shape, []).append(source)
    return list(groups.values())
