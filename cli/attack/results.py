"""What the results of ``percept-adv attack`` are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from percept_adv_cli.attack.sources import Image
from percept_adv_cli.shared.outputs import Results

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.attack.plans import Plan
    from percept_adv_cli.attack.sources import Reader

    from percept_adv.attacks import Engine
    from percept_adv.transformations import Transformation


@dataclass(slots=True, kw_only=True)
class AttackResults(Results[Image]):
    """What all results of a run share."""

    command: ClassVar[str] = "attack"

    plan: Plan
    reader: Reader
    max_evaluations: int | None
    seed: int
    engine: Engine
    reference: Path | None
    through: tuple[Transformation, ...]

    def sources(self, item: Image) -> dict[str, Path]:
        """Return the image, and what else goes into all results."""
        extra = {"mask": self.reader.mask, "reference": self.reference}
        given = {name: path for name, path in extra.items() if path is not None}
        return {"image": item.path, **given, **self.plan.sources}

    def files(self, item: Image) -> tuple[Path, ...]:
        """Return where the adversarial image goes."""
        return (item.output,)

    def parameters(self, item: Image) -> dict[str, Any]:
        """Say what is done to an image, and what is stored."""
        classifier = self.reader.classifier
        return {
            "attack": self.plan.attack,
            **self.plan.parameters,
            "label": self.reader.label_of(item),
            "target": self.reader.target_of(item),
            "max_evaluations": self.max_evaluations,
            "seed": self.seed,
            "engine": self.engine,
            **classifier.contract_record,
            "store": self.reader.store.name,
            "through": [one.name for one in self.through],
        }

    def paths(self, item: Image) -> dict[str, str]:
        """Return the names of the image and the adversarial one."""
        return {"file": str(item.path), "output": str(item.output)}

    @property
    def models(self) -> dict[str, str]:
        """The model under attack."""
        return {"model": self.reader.classifier.sha256}
