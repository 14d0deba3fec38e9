"""``percept-adv attack --attack universal``: one perturbation for all images, kept beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.attack.run import AttackRun
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.progress import progress

from percept_adv.attacks import Cost, Shift
from percept_adv.errors import ShapeError
from percept_adv.images import content_sha256
from percept_adv.parameters import values_of
from percept_adv.provenance import Origin, Output

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.attack.run import Source
    from percept_adv_cli.shared.progress import Progress

    from percept_adv.attacks import ImageResult, Method, StepInfo, UniversalPerturbation

ARRAY, RECORD = "universal_perturbation.npy", "universal_perturbation.json"


@dataclass(slots=True, kw_only=True)
class UniversalRun(AttackRun):
    """A run whose images all get one perturbation; ``costs`` says what each spent in its search."""

    method: UniversalPerturbation
    shape: tuple[int, ...] = ()
    costs: dict[str, Cost] = field(default_factory=dict)

    def prepare(self, found: list[tuple[Path, Path]], *, overwrite: bool, quiet: bool) -> Method:
        """Return the attack with the perturbation of OUT, or with one found for all images.

        Raises
        ------
        ExistingOutputError
            If OUT has the perturbation of another model or of other parameters.
        InputError
            If no image can be used.
        """
        output = self._perturbation_output()
        kept = None if overwrite else output.kept()
        if kept is None:
            perturbation = self._search(found, quiet=quiet)
            self._keep(output, perturbation)
        else:
            perturbation = self._read(kept)
        self.shape = perturbation.shape
        return Shift(perturbation=perturbation)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the search."""
        return {**values_of(self.method), "seed": self.seed}

    def hashes_of(self, path: Path) -> dict[str, str]:
        """Return the SHA-256 of image, model and perturbation."""
        return {
            **AttackRun.hashes_of(self, path),
            "perturbation": content_sha256(self.output / ARRAY),
        }

    def _perturbation_output(self) -> Output:
        """Describe the perturbation of OUT; later images get it too, so images do not count."""
        entry = {**self.classifier.contract_record, "at": self.classifier.place}
        parameters = {**self.parameters, **entry}
        origin = Origin("attack", {"model": self.classifier.sha256}, parameters)
        return Output((self.output / ARRAY,), self.output / RECORD, origin)

    def _read(self, record: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
        print_note(f"{self.output / ARRAY} is used as it is; --overwrite finds it again")
        self.costs = {file: Cost(**cost) for file, cost in record["costs"].items()}
        perturbation: np.ndarray[Any, np.dtype[np.float32]] = np.load(self.output / ARRAY)
        return perturbation

    def _search(
        self, found: list[tuple[Path, Path]], *, quiet: bool
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        sources = self.usable(found)
        images = np.stack([source.pixels for source in sources])
        total = self.method.rounds * len(sources)
        with progress(total, description="one perturbation", quiet=quiet) as told:

            def show(step: StepInfo) -> None:
                told.note(f"{step.found} of {step.active} images fooled")
                told.update()

            labels = self.labels_of(sources, images)
            target = self.classifier.taking(images.shape[1:])
            universal = self.method.find(target, images, labels, seed=self.seed, callback=show)
        files = (str(source.path) for source in sources)
        self.costs = dict(zip(files, universal.costs, strict=True))
        return universal.perturbation

    def _keep(self, output: Output, perturbation: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        costs = {file: cost._asdict() for file, cost in self.costs.items()}
        output.write({"costs": costs}, lambda part: np.save(part, perturbation))

    def _attack_group(self, rule: Method, sources: list[Source], told: Progress) -> None:
        if sources[0].pixels.shape != self.shape:
            for source in sources:
                sizes = [" x ".join(map(str, each)) for each in (source.pixels.shape, self.shape)]
                error = ShapeError(f"it is {sizes[0]}, the perturbation {sizes[1]}: resize it")
                self._fail(source.path, error)
                told.update()
            return
        # With slots a dataclass is made anew, which super() without arguments does not know.
        AttackRun._attack_group(self, rule, sources, told)

    def write(self, source: Source, outcome: ImageResult, survived: dict[str, bool]) -> None:
        """Write file and record, with what the image has cost in the search."""
        cost = self.costs.get(str(source.path), Cost())
        AttackRun.write(self, source, cost.added_to(outcome), survived)
