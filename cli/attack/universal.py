"""``percept-adv attack --attack universal``: one perturbation for all images, kept beside them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.attack.run import AttackRun
from percept_adv_cli.shared.common import print_note, progress

from percept_adv.attacks.methods.universal import Shift
from percept_adv.attacks.methods.universal_search import SearchCost
from percept_adv.errors import InputError, PerceptAdvError, RunError, ShapeError
from percept_adv.images import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.attack.run import Source

    from percept_adv.attacks import Attack, ImageResult, StepInfo
    from percept_adv.attacks.methods.universal_search import UniversalSearch

ARRAY, RECORD = "universal_perturbation.npy", "universal_perturbation.json"


@dataclass(slots=True, kw_only=True)
class UniversalRun(AttackRun):
    """A run whose images all get one perturbation; ``costs`` says what each spent in its search."""

    search: UniversalSearch
    shape: tuple[int, ...] = ()
    costs: dict[str, SearchCost] = field(default_factory=dict)

    def prepare(self, found: list[tuple[Path, Path]], *, overwrite: bool, quiet: bool) -> Attack:
        """Return the attack with the perturbation of OUT, or with one found for all images.

        Raises
        ------
        RunError
            If OUT has the perturbation of another model or of other parameters.
        InputError
            If no image can be used.
        """
        identity = {"model_sha256": self.classifier.sha256, **asdict(self.search)}
        perturbation = None if overwrite else self._kept(identity)
        if perturbation is None:
            perturbation = self._search(found, quiet=quiet)
            self._keep(perturbation, identity)
        self.shape = perturbation.shape
        return Shift(perturbation=perturbation)

    def _kept(self, identity: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]] | None:
        # The record is written last: where it stands, the perturbation is whole.
        if not (self.output / RECORD).exists():
            return None
        kept, self.costs = self._read_record()
        told = [
            f"{name} {kept.get(name)}, not {value}"
            for name, value in identity.items()
            if kept.get(name) != value
        ]
        if told:
            raise RunError(
                f"{self.output / ARRAY} was found with {'; '.join(told)}: "
                "repeat its command, add --overwrite, or choose another folder"
            )
        print_note(f"{self.output / ARRAY} is used as it is; --overwrite finds it again")
        perturbation: np.ndarray[Any, np.dtype[np.float32]] = np.load(self.output / ARRAY)
        return perturbation

    def _read_record(self) -> tuple[dict[str, Any], dict[str, SearchCost]]:
        path = self.output / RECORD
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return kept, {file: SearchCost(**cost) for file, cost in kept["costs"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"{path} does not say how the perturbation beside it was found: "
                "add --overwrite to find it again, or choose another folder"
            ) from error

    def _search(
        self, found: list[tuple[Path, Path]], *, quiet: bool
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        sources = self._usable(found)
        images = np.stack([source.pixels for source in sources])
        total = self.search.rounds * len(sources)
        with progress(total=total, description="one perturbation", quiet=quiet) as bar:

            def show(step: StepInfo) -> None:
                bar.update()
                bar.set_postfix_str(f"{step.found} of {step.active} images fooled")

            labels = self.labels_of(sources, images)
            universal = self.search.find(self.classifier, images, labels, callback=show)
        files = (str(source.path) for source in sources)
        self.costs = dict(zip(files, universal.costs, strict=True))
        return universal.perturbation

    def _usable(self, found: list[tuple[Path, Path]]) -> list[Source]:
        """Return the images of the most common size; the others fail where they are attacked."""
        sources = []
        for path, _ in found:
            try:
                sources.append(self.read(path, path))
            except PerceptAdvError:
                continue
        if not sources:
            raise InputError("no image can be used: a universal perturbation needs some")
        ((shape, _),) = Counter(source.pixels.shape for source in sources).most_common(1)
        return [source for source in sources if source.pixels.shape == shape]

    def _keep(
        self, perturbation: np.ndarray[Any, np.dtype[np.float32]], identity: dict[str, Any]
    ) -> None:
        (self.output / RECORD).unlink(missing_ok=True)
        with atomic_write(self.output / ARRAY) as part, part.open("wb") as file:
            np.save(file, perturbation)
        costs = {file: cost._asdict() for file, cost in self.costs.items()}
        record = {**identity, "costs": costs}
        with atomic_write(self.output / RECORD) as part:
            part.write_text(json.dumps(record, indent=1), encoding="utf-8")

    def _attack_group(self, rule: Attack, sources: list[Source], bar: Any) -> None:
        if sources[0].pixels.shape != self.shape:
            for source in sources:
                sizes = [" x ".join(map(str, each)) for each in (source.pixels.shape, self.shape)]
                error = ShapeError(f"it is {sizes[0]}, the perturbation {sizes[1]}: resize it")
                self._fail(source.path, error)
                bar.update()
            return
        # Slots make the class anew, so that super() without arguments does not know it.
        AttackRun._attack_group(self, rule, sources, bar)

    def write(self, source: Source, outcome: ImageResult) -> None:
        """Write PNG and record, with what the image has cost in the search."""
        cost = self.costs.get(str(source.path), SearchCost())
        AttackRun.write(self, source, cost.added_to(outcome))
