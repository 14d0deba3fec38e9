"""``percept-adv attack --attack universal``: one perturbation for all images, kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.attack.groups import Group
from percept_adv_cli.attack.plans import Plan
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.progress import progress

from percept_adv.attacks import Cost, Shift
from percept_adv.errors import ShapeError
from percept_adv.parameters import values_of
from percept_adv.provenance import Origin, Output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from percept_adv_cli.attack.sources import Image, Reader, Source

    from percept_adv.attacks import ImageResult, StepInfo, UniversalPerturbation

ARRAY, RECORD = "universal_perturbation.npy", "universal_perturbation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Universal(Plan):
    """All images get the perturbation in ``file``; ``costs`` says what each spent in its search."""

    rule: Shift
    file: Path
    parameters_of_search: dict[str, Any]
    costs: dict[str, Cost]

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the search."""
        return self.parameters_of_search

    @property
    def sources(self) -> dict[str, Path]:
        """The perturbation."""
        return {"perturbation": self.file}

    def check(self, source: Source) -> None:
        """Refuse an image of another size than the perturbation's."""
        own, wanted = source.pixels.shape, self.rule.perturbation.shape
        if own != wanted:
            sizes = [" x ".join(map(str, each)) for each in (own, wanted)]
            raise ShapeError(f"it is {sizes[0]}, the perturbation {sizes[1]}: resize it")

    def counted(self, source: Source, outcome: ImageResult) -> ImageResult:
        """Add what the image has cost in the search."""
        return self.costs.get(str(source.image.path), Cost()).added_to(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalSearch:
    """The search for one perturbation of all images, whose result stays in a folder."""

    attack: str
    method: UniversalPerturbation
    reader: Reader
    folder: Path
    seed: int

    def plan(self, images: Sequence[Image], *, overwrite: bool, quiet: bool) -> Universal:
        """Return the perturbation that is in the folder, or find one for all images.

        Raises
        ------
        ExistingOutputError
            If the folder has the perturbation of another model or of other parameters.
        InputError
            If no image can be used.
        """
        output = self._output
        kept = None if overwrite else output.kept()
        if kept is None:
            perturbation, costs = self._find(self.reader.usable(images), quiet=quiet)
            figures = {"costs": {file: cost._asdict() for file, cost in costs.items()}}
            output.write(figures, lambda part: np.save(part, perturbation))
        else:
            print_note(f"{output.files[0]} is used as it is; --overwrite finds it again")
            perturbation = np.load(output.files[0])
            costs = {file: Cost(**cost) for file, cost in kept["costs"].items()}
        return Universal(
            attack=self.attack,
            rule=Shift(perturbation=perturbation),
            file=output.files[0],
            parameters_of_search=self._parameters,
            costs=costs,
        )

    @property
    def _parameters(self) -> dict[str, Any]:
        return {**values_of(self.method), "seed": self.seed}

    @property
    def _output(self) -> Output:
        """Describe the perturbation; later images get it too, so images do not count."""
        classifier = self.reader.classifier
        parameters = {**self._parameters, **classifier.contract_record}
        origin = Origin("attack", {"model": classifier.sha256}, parameters)
        return Output((self.folder / ARRAY,), self.folder / RECORD, origin)

    def _find(
        self, sources: list[Source], *, quiet: bool
    ) -> tuple[NDArray[np.float32], dict[str, Cost]]:
        group = Group.of(sources, self.reader)
        total = self.method.rounds * len(sources)
        with progress(total, description="one perturbation", quiet=quiet) as bar:

            def show(step: StepInfo) -> None:
                bar.note(f"{step.found} of {step.active} images fooled")
                bar.update()

            target = self.reader.classifier.taking(group.images.shape[1:])
            found = self.method.find(
                target, group.images, group.labels, seed=self.seed, callback=show
            )
        files = (str(source.image.path) for source in sources)
        return found.perturbation, dict(zip(files, found.costs, strict=True))
