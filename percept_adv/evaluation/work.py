"""The work itself: some images, one attack, one outcome after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks import AttackRequest
from percept_adv.errors import InputError, ParameterError
from percept_adv.evaluation.record import outcome_record
from percept_adv.evaluation.searching import attack_variant
from percept_adv.images import to_uint8
from percept_adv.transformations import parse_transformation, survived_by, with_survival

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.attacks import Engine
    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.dataset import Sample
    from percept_adv.evaluation.variants import Variant
    from percept_adv.storing import Store, StoreChoice

"""What is measured of each adversarial image, beside its distances."""


@dataclass(frozen=True, slots=True)
class Task:
    """Images to attack, each with the key of its outcome."""

    variant: Variant
    samples: tuple[tuple[str, Sample], ...]

    @property
    def keys(self) -> list[str]:
        """The keys of its outcomes."""
        return [key for key, _ in self.samples]

    def only(self, keys: Collection[str]) -> Task:
        """Return the part with these keys."""
        return replace(self, samples=tuple(pair for pair in self.samples if pair[0] in keys))


@dataclass(frozen=True, slots=True)
class Finished:
    """One outcome.

    Attributes
    ----------
    key
        What identifies it; see `Configuration.key`.
    sample, variant
        The image and the attack.
    record
        Its figures.
    original
        In 8 bits, (H, W, C).
    file, suffix
        The adversarial's file, and the suffix of its name.
    notes
        What reading changed or what spoils measurements.
    """

    key: str
    sample: Sample
    variant: Variant
    record: dict[str, Any]
    original: NDArray[np.uint8]
    file: bytes
    suffix: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An image that cannot be used.

    Attributes
    ----------
    key
        That its outcome would have.
    sample
        The image.
    reason
        One sentence.
    """

    key: str
    sample: Sample
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that is left is in work in other processes.

    Attributes
    ----------
    count
        How many outcomes.
    """

    count: int


@dataclass(frozen=True, slots=True)
class _Ready:
    key: str
    sample: Sample
    pixels: NDArray[np.float32]
    store: Store
    notes: tuple[str, ...]


def work_on(
    task: Task,
    classifier: Classifier,
    folder: Path,
    *,
    store: StoreChoice,
    through: Sequence[str],
    batch_size: int,
    seed: int,
    engine: Engine,
) -> Iterator[Finished | Failed]:
    """Attack the images of a task, from a folder, and yield each outcome as soon as it is there.

    No outcome depends on which other images are in the task, if the classifier runs in batches of
    one size.
    """
    transformations = [parse_transformation(name) for name in through]
    groups: dict[tuple[int, ...], list[_Ready]] = {}
    for key, sample in task.samples:
        try:
            pixels, notes = _read(sample, classifier, folder)
            kind, _ = store.of(folder / sample.file)
            ready = _Ready(key, sample, pixels, kind, tuple(notes))
        except InputError as error:
            yield Failed(key, sample, str(error))
            continue
        # A model that takes any size cannot batch different ones.
        groups.setdefault(ready.pixels.shape, []).append(ready)
    for group in groups.values():
        target = with_survival(classifier.taking(group[0].pixels.shape), transformations)
        try:
            task.variant.check_engine(target, engine)
        except ParameterError as error:
            # Of images of this size; others may do.
            yield from (Failed(ready.key, ready.sample, str(error)) for ready in group)
            continue
        request = AttackRequest(
            target,
            np.stack([ready.pixels for ready in group]),
            np.array([ready.sample.label for ready in group]),
            store=[ready.store for ready in group],
            batch_size=batch_size,
            seed=seed,
            engine=engine,
        )
        for outcome, eps in attack_variant(task.variant, request):
            ready = group[outcome.index]
            if outcome.failure:
                yield Failed(ready.key, ready.sample, outcome.failure)
                continue
            record = outcome_record(outcome, None, use="evaluation")
            # Evaluations are untargeted.
            del record["target"]
            if eps is not None:
                record["eps"] = eps
            goal = np.asarray(ready.sample.label)
            survived = survived_by(target, outcome.stored, goal, targeted=False)
            record |= {f"survived {name}": float(yes) for name, yes in survived.items()}
            yield Finished(
                ready.key,
                ready.sample,
                task.variant,
                record,
                to_uint8(outcome.original),
                outcome.file,
                outcome.suffix,
                ready.notes,
            )


def _read(
    sample: Sample, classifier: Classifier, folder: Path
) -> tuple[NDArray[np.float32], list[str]]:
    classifier.checked_labels(np.array([sample.label]), 1)
    return classifier.read(folder / sample.file)
