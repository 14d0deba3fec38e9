"""One run of ``percept-adv explain`` over a set of images."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.shared.inputs import find_inputs
from percept_adv_cli.shared.messages import print_json, print_note
from percept_adv_cli.shared.outputs import sort_by_output
from percept_adv_cli.shared.runs import do_each

from percept_adv.classifier import find_model, read_fitting
from percept_adv.explanation import Range, explain, export_explanation, heat_picture
from percept_adv.gradients import load_model, with_constant_inputs
from percept_adv.images import atomic_write, content_sha256, encode_png, read_image
from percept_adv.provenance import Origin, Output
from percept_adv.report import write_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from percept_adv_cli.shared.exit_codes import ExitCode

    from percept_adv.classifier import Classifier
    from percept_adv.explanation import Method


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides about an explanation."""

    method: Method
    number: int | None
    layer: str | None
    samples: int
    noise: float
    steps: int
    seed: int

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """Return the settings among the options of the command."""
        return cls(**{name: options[name] for name in cls.__dataclass_fields__})


@dataclass
class ExplainRun:
    """Explains image by image, and shows all on one page."""

    classifier: Classifier
    output: Path
    settings: Settings
    shown: list[dict[str, Any]] = field(default_factory=list)

    def execute(
        self, inputs: tuple[Path, ...], *, overwrite: bool, as_json: bool, quiet: bool
    ) -> ExitCode:
        """Do all images; those that fail are named and left out."""
        for note in self.classifier.notes:
            print_note(note)
        found, looked = find_inputs(inputs, output=self.output, companions=(".json",))
        pairs = [(one.path, self.output / one.name.with_suffix(".png")) for one in found]
        results = sort_by_output(
            pairs,
            lambda pair: self._output_of(*pair),
            overwrite=overwrite,
            name=lambda pair: str(pair[0]),
            inputs=[path for path, _ in pairs],
        )

        def work(pair: tuple[Path, Path]) -> None:
            record = self._make(*pair)
            if as_json:
                print_json(record)

        made = do_each(
            results.waiting,
            work,
            name=lambda pair: str(pair[0]),
            description=self.settings.method,
            quiet=quiet,
        )
        for (_, file), record in results.kept:
            self._show(file, record)
            if as_json:
                print_json({**record, "status": "kept"})
        self._write_page()
        return max(looked, results.outcome, made)

    def _output_of(self, path: Path, file: Path) -> Output:
        parameters = {**asdict(self.settings), **self.classifier.contract_record}
        hashes = {"image": content_sha256(path), "model": self.classifier.sha256}
        return Output.beside(Origin("explain", hashes, parameters), file, file.with_suffix(".npy"))

    def _make(self, path: Path, file: Path) -> dict[str, Any]:
        image, notes = read_fitting(path, self.classifier.pipeline, "network")
        chosen = self.settings.number
        explained = explain(
            self.settings.method,
            self.classifier,
            image[np.newaxis],
            None if chosen is None else np.array([chosen]),
            layer=self.settings.layer,
            samples=self.settings.samples,
            noise=self.settings.noise,
            steps=self.settings.steps,
            seed=self.settings.seed,
        )
        number = int(explained.classes[0])
        names = self.classifier.class_names
        picture = heat_picture(image, explained.maps[0])
        figures = {
            "input": str(path),
            "output": str(file),
            "class": number,
            "class_name": names[number] if names else str(number),
            "score": float(explained.scores[0]),
            "notes": notes,
        }
        values = explained.attributions[0]
        record = self._output_of(path, file).write(
            figures,
            lambda part: part.write_bytes(encode_png(picture)),
            lambda part: _save(part, values),
        )
        self._show(file, record)
        return record

    def _show(self, file: Path, record: dict[str, Any]) -> None:
        picture = to_picture(file)
        self.shown.append({"record": record, "picture": picture, "name": file.name})

    def _write_page(self) -> None:
        if not self.shown:
            return
        settings = self.settings
        lead = (
            f"{settings.method} of {self.classifier.name}: the brighter a pixel, the more the "
            "score of the class depends on it. Images are as the network sees them."
        )
        write_page(
            self.output / "index.html",
            "explanation.html",
            title=f"What {self.classifier.name} looks at",
            lead=lead,
            footer="Brightness ends at the 99th percentile of each image; compare places, not "
            "brightness, between images.",
            explanations=self.shown,
        )


def to_picture(file: Path) -> Any:
    """Return the samples of an overlay that was written."""
    return read_image(file).samples


def _save(part: Path, values: Any) -> None:
    with part.open("wb") as stream:
        np.save(stream, values)


def write_export(
    model: str, classifier: Classifier, file: Path, settings: Settings, options: Mapping[str, Any]
) -> None:
    """Write a model with its explanation as an output, whole or not at all."""
    graph = export_explanation(
        with_constant_inputs(
            load_model(find_model(model).path),
            options["constants"],
            input_name=options["input_name"],
        ),
        settings.method,
        input_name=options["input_name"],
        output_name=options["output_name"],
        layer=settings.layer,
        steps=settings.steps,
        samples=settings.samples,
        noise=settings.noise,
        seed=settings.seed,
        values=Range.of(classifier.pipeline),
    )
    with atomic_write(file) as part:
        part.write_bytes(graph.SerializeToString())
