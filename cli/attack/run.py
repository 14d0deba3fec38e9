"""One run of ``percept-adv attack``: reads, attacks and writes, image by image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.shared.messages import print_failure, print_json
from percept_adv_cli.shared.notes import Notes
from percept_adv_cli.shared.outputs import sort_by_output
from percept_adv_cli.shared.progress import Progress, progress

from percept_adv.attacks import AttackRequest, StepInfo, attack_each, check_engine
from percept_adv.errors import (
    InputError,
    ParameterError,
    PerceptAdvError,
)
from percept_adv.evaluation import outcome_record
from percept_adv.images import content_sha256, read_mask, write_png
from percept_adv.parameters import values_of
from percept_adv.provenance import Origin, Output
from percept_adv.transformations import survived_by, with_survival

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from percept_adv_cli.attack.targets import OneTarget

    from percept_adv.attacks import Engine, ImageResult, Method
    from percept_adv.classifier import Classifier
    from percept_adv.labels import Goal, ImageClasses
    from percept_adv.storing import Store, StoreChoice
    from percept_adv.transformations import Transformation

_MOST_IMAGES, _MOST_SAMPLES = 64, 1 << 25
"""Held in memory together."""


@dataclass(frozen=True, slots=True)
class Source:
    """An image that is ready for the attack, and where its result goes."""

    path: Path
    output: Path
    pixels: np.ndarray[Any, np.dtype[np.float32]]
    store: Store
    label: Goal | None
    target: Goal | None
    allowed: NDArray[np.bool_] | None
    notes: list[str]


@dataclass(slots=True, kw_only=True)
class AttackRun(ABC):
    """What all images of a run share, and the records of those that are done."""

    classifier: Classifier
    attack: str
    output: Path
    originals: Path | None
    labels: ImageClasses | None
    targets: OneTarget | ImageClasses | None
    max_evaluations: int | None
    batch_size: int
    seed: int
    engine: Engine
    mask: Path | None
    reference: Path | None
    store: StoreChoice
    through: tuple[Transformation, ...]
    as_json: bool
    records: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0
    notes: Notes = field(default_factory=Notes)

    @abstractmethod
    def prepare(self, found: list[tuple[Path, Path]], *, overwrite: bool, quiet: bool) -> Method:
        """Return the attack of each image, once all images are known."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """The parameters of the attack, defaults included."""

    def waiting(
        self, found: list[tuple[Path, Path]], *, overwrite: bool
    ) -> list[tuple[Path, Path]]:
        """Return the images without a result, each with the path of its file."""
        pairs = [
            (path, self.output / relative.with_suffix(self.store.suffix_of(path)))
            for path, relative in found
        ]
        results = sort_by_output(
            pairs,
            lambda pair: self.output_of(*pair),
            overwrite=overwrite,
            name=lambda pair: str(pair[0]),
            inputs=[path for path, _ in pairs],
        )
        self.failures += results.refused
        if self.as_json:
            for _, record in results.kept:
                print_json({**record, "status": "kept"})
        return results.waiting

    def output_of(self, path: Path, file: Path) -> Output:
        """Describe the result of an image and what it is made of.

        Raises
        ------
        ImageError
            If the image cannot be read.
        """
        parameters = {
            "attack": self.attack,
            **self.parameters,
            "label": None if self.labels is None else self.labels.of(path),
            "target": None if self.targets is None else self.targets.of(path),
            "max_evaluations": self.max_evaluations,
            "seed": self.seed,
            **self.classifier.contract_record,
            "at": self.classifier.place,
            "decision": self.classifier.decision.name,
            "store": self.store.name,
            "through": [one.name for one in self.through],
        }
        if self.engine != "auto":
            parameters["engine"] = self.engine
        return Output.beside(Origin("attack", self.hashes_of(path), parameters), file)

    def hashes_of(self, path: Path) -> dict[str, str]:
        """Return the SHA-256 of all that goes into the result of an image."""
        hashes = {"image": content_sha256(path), "model": self.classifier.sha256}
        extra = {"mask": self.mask, "reference": self.reference}
        return hashes | {
            name: content_sha256(file) for name, file in extra.items() if file is not None
        }

    def attack_all(self, rule: Method, waiting: list[tuple[Path, Path]], *, quiet: bool) -> int:
        """Attack all images, writing each result as soon as it is there; return the failures."""
        with progress(len(waiting), description=self.attack, quiet=quiet) as told:
            for sources in _in_parts(self._read_all(waiting, told)):
                for group in _groups_of_one_size(sources):
                    self._attack_group(rule, group, told)
        return self.failures

    def _attack_group(self, rule: Method, sources: list[Source], told: Progress) -> None:
        images = np.stack([source.pixels for source in sources])
        target = with_survival(self.classifier.taking(images.shape[1:]), self.through)
        try:
            check_engine(rule, target, self.engine)
        except ParameterError as error:
            # Of images of this size; others may do.
            for source in sources:
                self._fail(source.path, error)
                told.update()
            return
        labels = self.labels_of(sources, images)

        def show(step: StepInfo) -> None:
            told.note(f"{step.active} in work, {step.found} of them adversarial")
            told.within(step.done)

        fitting, targets = np.arange(len(sources)), None
        if self.targets is not None:
            wanted = np.array([source.target for source in sources])
            same = (labels == wanted).reshape(len(sources), -1).all(axis=1)
            fitting = np.flatnonzero(~same)
            targets = wanted[fitting]
            for row in np.flatnonzero(same):
                self._fail(sources[row].path, ParameterError("its class is the target already"))
                told.update()
        request = AttackRequest(
            target,
            images[fitting],
            labels[fitting],
            targets=targets,
            mask=stacked([sources[row].allowed for row in fitting]),
            store=[sources[row].store for row in fitting],
            batch_size=self.batch_size,
            max_evaluations=self.max_evaluations,
            callback=show,
            seed=self.seed,
            engine=self.engine,
        )
        for outcome in attack_each(rule, request):
            source = sources[fitting[outcome.index]]
            try:
                if outcome.failure:
                    raise InputError(outcome.failure)
                goal = (labels[fitting] if targets is None else targets)[outcome.index]
                survived = survived_by(
                    target, outcome.stored, np.asarray(goal), targeted=targets is not None
                )
                self.write(source, outcome, survived)
            except PerceptAdvError as error:
                self._fail(source.path, error)
            told.update()

    def usable(self, found: list[tuple[Path, Path]]) -> list[Source]:
        """Return the images of the most common size; the others fail where they are attacked.

        Raises
        ------
        InputError
            If there are none.
        """
        sources = []
        for path, _ in found:
            try:
                sources.append(self.read(path, path))
            except PerceptAdvError:
                continue
        if not sources:
            raise InputError("no image can be used: give at least one that can be read")
        ((shape, _),) = Counter(source.pixels.shape for source in sources).most_common(1)
        return [source for source in sources if source.pixels.shape == shape]

    def labels_of(self, sources: list[Source], images: Any) -> Any:
        """Return the true classes, or where none are given the model's own."""
        if self.labels is None:
            return self.classifier.taking(images.shape[1:]).predict(images)
        return np.array([source.label for source in sources])

    def _read_all(self, waiting: list[tuple[Path, Path]], told: Progress) -> Iterator[Source]:
        for path, file in waiting:
            try:
                yield self.read(path, file)
            except PerceptAdvError as error:
                self._fail(path, error)
                told.update()

    def read(self, path: Path, file: Path) -> Source:
        """Read an image as the model takes it; of notes each is told once.

        Raises
        ------
        PerceptAdvError
            If it cannot be used, or has no label or target where they are given.
        """
        pixels, notes = self.classifier.read(path)
        store, unkept = self.store.of(path)
        if unkept:
            notes.append(unkept)
        label = None
        if self.labels is not None:
            label = self.labels.of(path)
        self.notes.tell((f"{path}: {note}" for note in notes), path)
        target = None if self.targets is None else self.targets.of(path)
        allowed = None if self.mask is None else read_mask(self.mask, pixels.shape[:2])
        return Source(path, file, pixels, store, label, target, allowed, notes)

    def write(self, source: Source, outcome: ImageResult, survived: dict[str, bool]) -> None:
        """Write file and record."""
        if self.originals is not None:
            name = source.output.relative_to(self.output)
            write_png(self.originals / name.with_suffix(".png"), outcome.original)
        record = {
            "file": str(source.path),
            "output": str(source.output),
            "model": self.classifier.name,
            "attack": self.attack,
            "store": self.store.name,
            "survived": survived,
            **outcome_record(outcome, self.classifier.class_names),
            "notes": source.notes,
        }
        record = self.output_of(source.path, source.output).write(
            record, lambda part: part.write_bytes(outcome.file)
        )
        self.records.append(record)
        if self.as_json:
            print_json({**record, "status": "written"})

    def _fail(self, path: Path, error: PerceptAdvError) -> None:
        self.failures += 1
        print_failure(str(path), error)


@dataclass(slots=True, kw_only=True)
class RuleRun(AttackRun):
    """A run whose images are attacked independently of each other."""

    method: Method

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the rule."""
        return values_of(self.method)

    def prepare(
        self,
        found: list[tuple[Path, Path]],  # noqa: ARG002
        *,
        overwrite: bool,  # noqa: ARG002
        quiet: bool,  # noqa: ARG002
    ) -> Method:
        """Return the attack as it is."""
        return self.method


def stacked(masks: list[NDArray[np.bool_] | None]) -> NDArray[np.bool_] | None:
    """Return the masks of a group as one array; None if there are none."""
    given = [mask for mask in masks if mask is not None]
    return np.stack(given) if given else None


def _in_parts(sources: Iterator[Source]) -> Iterator[list[Source]]:
    """Yield images in parts that fit into the memory, one at least in each."""
    part: list[Source] = []
    for source in sources:
        part.append(source)
        if len(part) == _MOST_IMAGES or sum(one.pixels.size for one in part) >= _MOST_SAMPLES:
            yield part
            part = []
    if part:
        yield part


def _groups_of_one_size(sources: list[Source]) -> list[list[Source]]:
    """Group images by shape: images of different sizes cannot be in one batch."""
    groups: dict[tuple[int, ...], list[Source]] = {}
    for source in sources:
        groups.setdefault(source.pixels.shape, []).append(source)
    return list(groups.values())
