"""One run of ``percept-adv attack``: reads, attacks and writes, image by image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from percept_adv_cli.attack.groups import Group, groups_of_one_size, in_parts
from percept_adv_cli.attack.results import AttackResults
from percept_adv_cli.shared.attempts import Attempts
from percept_adv_cli.shared.messages import print_json
from percept_adv_cli.shared.outputs import look_up
from percept_adv_cli.shared.progress import progress

from percept_adv.attacks import attack_each, check_engine
from percept_adv.errors import InputError, ParameterError, PerceptAdvError
from percept_adv.evaluation import outcome_record
from percept_adv.images import write_png
from percept_adv.transformations import survived_by, with_survival

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from percept_adv_cli.attack.sources import Image, Source
    from percept_adv_cli.shared.exit_codes import ExitCode
    from percept_adv_cli.shared.outputs import Record
    from percept_adv_cli.shared.progress import Progress

    from percept_adv.attacks import AttackRequest, ImageResult, StepInfo
    from percept_adv.classifier import Classifier


@dataclass(slots=True, kw_only=True)
class AttackRun(AttackResults):
    """Attacks images in groups; ``records`` are those of all results.

    It has a loop of its own beside `execute`: images of one size are attacked together, and
    their results come in the order in which the attack is done with them. So results that are
    kept are told first, then those that are made.
    """

    output: Path
    originals: Path | None
    batch_size: int
    as_json: bool
    records: list[Record] = field(default_factory=list)
    attempts: Attempts = field(default_factory=Attempts)

    def execute(self, images: Sequence[Image], *, overwrite: bool, quiet: bool) -> ExitCode:
        """Attack the images without a result, and tell of each result as soon as it is there."""
        found, left_out = look_up(self, images, overwrite=overwrite)
        self.attempts = Attempts(left_out)
        for _, record in found:
            if record is not None:
                self._tell(record, "kept")
        waiting = [image for image, record in found if record is None]
        with progress(len(waiting), description=self.plan.attack, quiet=quiet) as bar:
            for sources in in_parts(self._read_all(waiting, bar)):
                for group in groups_of_one_size(sources):
                    self._attack_group(group, bar)
        return self.attempts.outcome

    def _read_all(self, images: list[Image], bar: Progress) -> Iterator[Source]:
        for image in images:
            try:
                source = self.reader.read(image)
                self.plan.check(source)
            except PerceptAdvError as error:
                self._fail(image, error, bar)
            else:
                yield source

    def _attack_group(self, sources: list[Source], bar: Progress) -> None:
        group, reached = Group.of(sources, self.reader).divided()
        for source in reached:
            self._fail(source.image, ParameterError("its class is the target already"), bar)
        if not group.sources:
            return
        shape = sources[0].pixels.shape
        target = with_survival(self.reader.classifier.taking(shape), self.through)
        try:
            check_engine(self.plan.rule, target, self.engine)
        except ParameterError as error:
            # Of images of this size; others may do.
            for source in group.sources:
                self._fail(source.image, error, bar)
            return
        for outcome in attack_each(self.plan.rule, self._request(group, target, bar)):
            source = group.sources[outcome.index]
            with self.attempts.at(str(source.image.path)):
                if outcome.failure:
                    raise InputError(outcome.failure)
                goal = np.asarray(group.goals[outcome.index])
                targeted = group.targets is not None
                survived = survived_by(target, outcome.stored, goal, targeted=targeted)
                self._tell(self._write(source, outcome, survived), "written")
            bar.update()

    def _request(self, group: Group, target: Classifier, bar: Progress) -> AttackRequest:
        def show(step: StepInfo) -> None:
            bar.note(f"{step.active} in work, {step.found} of them adversarial")
            bar.within(step.done)

        return group.request(
            target,
            batch_size=self.batch_size,
            max_evaluations=self.max_evaluations,
            callback=show,
            seed=self.seed,
            engine=self.engine,
        )

    def _write(self, source: Source, outcome: ImageResult, survived: dict[str, bool]) -> Record:
        image, classifier = source.image, self.reader.classifier
        if self.originals is not None:
            name = image.output.relative_to(self.output)
            write_png(self.originals / name.with_suffix(".png"), outcome.original)
        figures = {
            **self.paths(image),
            "model": classifier.name,
            "attack": self.plan.attack,
            "store": self.reader.store.name,
            "survived": survived,
            **outcome_record(self.plan.counted(source, outcome), classifier.class_names),
            "notes": source.notes,
        }
        return self.output_of(image).write(figures, lambda part: part.write_bytes(outcome.file))

    def _tell(self, record: Record, status: str) -> None:
        self.records.append(record)
        if self.as_json:
            print_json({**record, "status": status})

    def _fail(self, image: Image, error: PerceptAdvError, bar: Progress) -> None:
        self.attempts.fail(str(image.path), error)
        bar.update()
