"""One run of ``percept-adv explain`` over a set of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from percept_adv_cli.shared.messages import print_line
from percept_adv_cli.shared.runs import Run

from percept_adv.classifier import read_fitting
from percept_adv.explanation import explain, heat_picture
from percept_adv.images import encode_png, read_image
from percept_adv.report import write_page

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from percept_adv_cli.explain.settings import Settings
    from percept_adv_cli.shared.outputs import Record

    from percept_adv.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Image:
    """An image, and where its overlay goes."""

    path: Path
    overlay: Path


@dataclass(slots=True)
class ExplainRun(Run[Image]):
    """Explains image by image; ``told`` is what the page shows of each."""

    command: ClassVar[str] = "explain"

    classifier: Classifier
    settings: Settings
    page: Path
    told: dict[Image, Record] = field(default_factory=dict)

    def sources(self, item: Image) -> dict[str, Path]:
        """Return the image."""
        return {"image": item.path}

    def files(self, item: Image) -> tuple[Path, ...]:
        """Return where overlay and attributions go."""
        return item.overlay, item.overlay.with_suffix(".npy")

    def parameters(self, item: Image) -> dict[str, Any]:  # noqa: ARG002 (the same for all)
        """Say what decides about an explanation."""
        return {**self.settings.record, **self.classifier.contract_record}

    def paths(self, item: Image) -> dict[str, str]:
        """Return the names of image and overlay."""
        return {"input": str(item.path), "output": str(item.overlay)}

    @property
    def models(self) -> dict[str, str]:
        """The model that is explained."""
        return {"model": self.classifier.sha256}

    def make(self, item: Image) -> Record:
        """Explain one image, and write overlay and attributions.

        Raises
        ------
        PerceptAdvError
            If the image cannot be used, the model not be explained so, or a file not be written.
        """
        pixels, notes = read_fitting(item.path, self.classifier.pipeline, "network")
        settings = self.settings
        explained = explain(
            settings.method,
            self.classifier,
            pixels[np.newaxis],
            None if settings.number is None else np.array([settings.number]),
            **settings.of_the_method,
        )
        number, names = int(explained.classes[0]), self.classifier.class_names
        picture = heat_picture(pixels, explained.maps[0])
        figures = {
            **self.paths(item),
            "class": number,
            "class_name": names[number] if names else str(number),
            "score": float(explained.scores[0]),
            "notes": [f"{item.path}: {note}" for note in notes],
        }
        record = self.output_of(item).write(
            figures,
            lambda part: part.write_bytes(encode_png(picture)),
            lambda part: _save(part, explained.attributions[0]),
        )
        return self.recall(item, record)

    def recall(self, item: Image, record: Record) -> Record:
        """Remember for the page what is told of an image."""
        self.told[item] = record
        return record

    def show(self, record: Record) -> None:
        """Print which class is explained."""
        number, name = record["class"], record["class_name"]
        known = f" ({name})" if name != str(number) else ""
        print_line(f"{record['output']}: class {number}{known}, score {record['score']:.4g}")

    def finish(self) -> None:
        """Show all explanations, made and kept, on one page."""
        if not self.told:
            return
        name = self.classifier.name
        write_page(
            self.page,
            "explanation.html",
            title=f"What {name} looks at",
            lead=f"{self.settings.method} of {name}: the brighter a pixel, the more the score of "
            "the class depends on it. Images are as the network sees them.",
            footer="Brightness ends at the 99th percentile of each image; compare places, not "
            "brightness, between images.",
            explanations=[
                {
                    "record": record,
                    "picture": read_image(image.overlay).samples,
                    "name": image.overlay.name,
                }
                for image, record in self.told.items()
            ],
        )


def _save(part: Path, values: NDArray[Any]) -> None:
    with part.open("wb") as stream:
        np.save(stream, values)
